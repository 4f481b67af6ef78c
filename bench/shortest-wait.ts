// Loaded into the supervisors of the benchmarks: a crash makes it wait for a time that chance decides, from nothing to more and more.
// Here chance always says nothing, so that what is measured is the way, and not the wait.
Math.random = () => 0;

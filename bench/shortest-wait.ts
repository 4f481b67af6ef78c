// Loaded into the supervisor of `session-gap`: a crash makes it wait for a time that chance decides, from nothing to more and more.
// Here chance always says nothing, so that what is measured is the way, and not the wait.
Math.random = () => 0;

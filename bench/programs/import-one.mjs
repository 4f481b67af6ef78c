// Prints how many milliseconds the import of the package takes that is named as argument.
const startedAt = performance.now();
await import(process.argv[2]);
console.log(performance.now() - startedAt);
process.exit();

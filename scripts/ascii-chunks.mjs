/**
 * For rolldown: writes every character beyond ASCII as an escape. A string with one character beyond Latin-1, such as an emoji, takes
 * two bytes for each of its characters, and the source of a module is such a string for as long as the program runs.
 */
export const ascii = {
  name: 'ascii',
  generateBundle(_options, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replace(/[\u0080-\uffff]/g, escaped);
    }
  },
};

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

// What the runtime's identifier decides.
'use strict';

// The identifier is 'nodejs', 'nodejs4.3-edge', 'nodejs6.10', 'nodejs20.x' …
module.exports = function (identifier) {
  var match = /^nodejs(\d+)/.exec(identifier || '');
  var number = match ? Number(match[1]) : 0;
  return {
    number: number,
    legacy: number < 10, // contract of 4.3 to 8.10
    promises: number >= 8,
    callbacks: number < 24
  };
};

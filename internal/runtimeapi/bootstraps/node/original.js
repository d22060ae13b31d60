// A process that is to stand still, for others to be copies of it.
//
//     node --random-seed=SEED bootstrap.js nodejs20.x original PID
//
// Its copies' random numbers are their own as long as it has taken none.
'use strict';

var v8 = require('v8');

// prepare makes it like its copies, which all have the process id PID.
exports.prepare = function prepare() {
  Object.defineProperty(process, 'pid', {
    value: Number(process.argv[4]), writable: false, enumerable: true, configurable: true
  });
  // The seed was for this process's start only.
  v8.setFlagsFromString('--random-seed=0');
  process.execArgv = process.execArgv.filter(function (flag) { return flag.indexOf('--random-seed=') !== 0; });
};

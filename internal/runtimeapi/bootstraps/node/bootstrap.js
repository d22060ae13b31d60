// The first thing that runs in a Node.js execution environment. It may have
// been started before anyone knew for which function: it waits to be told.
//
//     node bootstrap.js nodejs20.x
//
// All files here but esm.js are ES5, because they run on Node.js 4 and later.
// The runtime's identifier decides the contract, not the version of the binary.
'use strict';

var frames = require('./frames');
var expect = frames.expect;
var line = require('./line')(process.argv[2]);
var logger = require('./console');
var handlers = require('./handler');
var contract = require(line.legacy ? './legacy' : './current');
if (line.number >= 14) {
  require('./stream').install();
}
if (line.number >= 12) {
  require('./esm');
}

// A debugger is answered between two events too, so waiting must not block.
var inspected = process.execArgv.some(function (flag) { return flag.indexOf('--inspect') === 0; });

logger.prepare();
contract.prepare(line);
if (process.argv[3] === 'ahead') {
  require('./rehearsal')(line, contract, event, begin);
} else {
  begin();
}

function begin() {
  process.argv.splice(2, 2);
  var load = JSON.parse(expect(frames.LOAD).toString('utf8'));
  for (var name in load.env) {
    process.env[name] = load.env[name];
  }
  logger.install(line);
  expect(frames.GO); // the code is in place
  process.chdir(load.root);
  require('./sdk').install();
  handlers.load(line, load.root, process.env._HANDLER, function (error, handler) {
    contract.loaded(error, handler, next);
  });
}

// next waits for an event. Nothing else of the function runs meanwhile: an
// environment between two events is frozen, as on AWS.
function next() {
  if (inspected) {
    frames.wait(take);
  } else {
    take();
  }
}

function take() {
  contract.invoke(event(expect(frames.INVOKE)), again);
}

function again() {
  setImmediate(next);
}

// event reads the body of an INVOKE frame: six strings and the payload.
function event(body) {
  var at = 0;
  function string() {
    var end = at + 4 + body.readUInt32LE(at);
    var s = end === at + 4 ? '' : body.toString('utf8', at + 4, end);
    at = end;
    return s;
  }
  return {
    id: string(),
    deadline: Number(string()),
    arn: string(),
    trace: string(),
    clientContext: string(),
    identity: string(),
    payload: body.toString('utf8', at)
  };
}

// The first thing that runs in a Node.js execution environment. It may have
// been started before anyone knew for which function: it waits to be told.
//
//     node bootstrap.js nodejs20.x
//
// All files here but esm.js are ES5, because they run on Node.js 4 and later.
// The runtime's identifier decides the contract, not the version of the binary.
'use strict';

var frames = require('./frames');
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

var order = frames.read();
if (order.kind !== frames.LOAD) {
  throw new Error('expected the order to load');
}
begin(JSON.parse(order.body.toString('utf8')));

function begin(load) {
  for (var name in load.env) {
    process.env[name] = load.env[name];
  }
  process.argv.splice(2, 1);
  process.chdir(load.root);
  logger.install(line);
  contract.prepare(line);
  handlers.load(line, load.root, process.env._HANDLER, function (error, handler) {
    contract.loaded(error, handler, next);
  });
}

// next waits for an event. Nothing else of the function runs meanwhile: an
// environment between two events is frozen, as on AWS.
function next() {
  var frame = frames.read();
  if (frame.kind !== frames.INVOKE) {
    throw new Error('expected an event');
  }
  contract.invoke(event(frame.body), again);
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

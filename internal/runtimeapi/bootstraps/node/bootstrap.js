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

// A debugger is answered between two events too, and so are extensions that run
// in here: waiting must not block then.
var inspected = process.execArgv.some(function (flag) { return flag.indexOf('--inspect') === 0; });
var open = inspected;

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
  open = open || load.open;
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
  if (open) {
    frames.wait(take);
  } else {
    take();
  }
}

function take() {
  var frame;
  try {
    frame = frames.read();
  } catch (e) {
    if (e !== frames.ENDED) {
      throw e;
    }
    setTimeout(function () {}, 300); // the signal that came first is dealt with meanwhile
    return;
  }
  if (frame.kind === frames.FREEZE) {
    open = inspected;
    next();
    return;
  }
  if (frame.kind !== frames.INVOKE) {
    throw new Error('unexpected order ' + frame.kind + ' from the server');
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

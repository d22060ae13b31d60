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
  tellEnd();
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
  if (frame.kind === frames.AHEAD) {
    return takeAhead(frame.body);
  }
  if (frame.kind !== frames.INVOKE) {
    throw new Error('unexpected order ' + frame.kind + ' from the server');
  }
  invoke(event(frame.body, 0));
}

// current is the event under way, deadline when its time or that of the last one
// is over.
var current = '';
var deadline = 0;

function invoke(e) {
  current = e.id;
  deadline = e.deadline;
  contract.invoke(e, again);
}

function again() {
  current = '';
  setImmediate(next);
}

// takeAhead begins an event that waited for the one before, unless so long that
// the server has given it to someone else, or is about to end this process
// because the one before took too long.
function takeAhead(body) {
  var end = 4 + body.readUInt32LE(0);
  var until = Number(body.toString('ascii', 4, end));
  var e = event(body, end);
  var now = frames.now();
  if (now > until || Date.now() >= deadline) {
    frames.write(frames.UNTAKEN, e.id);
    return again();
  }
  e.deadline += Date.now();
  frames.time(now);
  invoke(e);
}

// tellEnd sees to it that the server learns which event a process was at that
// ends: those that wait behind it can go elsewhere.
function tellEnd() {
  process.on('exit', function () {
    try {
      frames.write(frames.GONE, current);
    } catch (e) { // nobody is there
    }
  });
}

// event reads an event from its place in a frame: six strings and the payload.
function event(body, at) {
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

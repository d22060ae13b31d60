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
var settle = require('./context').settle;
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

var size = frames.size;
var latin1 = frames.latin1;
var utf8 = frames.utf8;

require('./sdk').install();
logger.prepare();
contract.prepare(line);
var rehearse = require('./rehearsal').bind(null, line, contract, next, function (end) {
  then = end;
});
if (process.argv[3] === 'original') {
  require('./original').prepare();
  rehearse(function () {
    process.argv.pop();
    frames.write(frames.REHEARSED, '');
    rehearseIf(frames.comes(frames.REHEARSE)); // its memory and caches are not what the original's were
  });
} else {
  rehearseIf(process.argv[3] === 'ahead' && !frames.waiting()); // somebody may wait already
}

function rehearseIf(time) {
  if (time) {
    rehearse(begin);
  } else {
    begin();
  }
}

function begin() {
  then = next;
  deadline = Infinity;
  tellEnd();
  process.argv.splice(2, 2);
  var load = JSON.parse(expect(frames.LOAD));
  for (var name in load.env) {
    process.env[name] = load.env[name];
  }
  settle();
  require('./trace').install();
  if (load.board) {
    frames.watch();
  }
  open = open || load.open;
  logger.install(line);
  expect(frames.GO); // the code is in place
  process.chdir(load.root);
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
    return takeAhead(frame);
  }
  if (frame.kind !== frames.INVOKE) {
    throw new Error('unexpected order ' + frame.kind + ' from the server');
  }
  invoke(event(frame.bytes, frame.start, frame.end));
}

// current is the event under way, deadline when its time or that of the last one
// is over.
var current = '';
var deadline = Infinity;

function invoke(e) {
  current = e.id;
  deadline = e.deadline;
  contract.invoke(e, again);
}

// then is what follows an event.
var then;

function again() {
  current = '';
  setImmediate(then);
}

// takeAhead begins an event that waited for the one before, unless so long that
// the server has given it to someone else, or is about to end this process
// because the one before took too long.
function takeAhead(frame) {
  var at = frame.start + 4;
  var end = at + size(frame.bytes, frame.start);
  var until = Number(latin1.call(frame.bytes, at, end));
  var e = event(frame.bytes, end, frame.end);
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
// All but the last two of the strings are ASCII, as a rule.
function event(bytes, start, end) {
  var id = start + 4;
  var deadline = id + size(bytes, start) + 4;
  var arn = deadline + size(bytes, deadline - 4) + 4;
  var trace = arn + size(bytes, arn - 4) + 4;
  var client = trace + size(bytes, trace - 4) + 4;
  var identity = client + size(bytes, client - 4) + 4;
  var payload = identity + size(bytes, identity - 4);
  var head = latin1.call(bytes, id, client - 4);
  return {
    id: head.slice(0, deadline - 4 - id),
    deadline: Number(head.slice(deadline - id, arn - 4 - id)),
    arn: head.slice(arn - id, trace - 4 - id),
    trace: head.slice(trace - id),
    clientContext: client === identity - 4 ? '' : utf8.call(bytes, client, identity - 4),
    identity: identity === payload ? '' : utf8.call(bytes, identity, payload),
    payload: utf8.call(bytes, payload, end)
  };
}

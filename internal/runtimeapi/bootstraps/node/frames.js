// Frames to and from the server, over two pipes, descriptors 3 and 4: four
// bytes little-endian length of what follows, one byte kind, the body. Reading
// blocks; so does writing when the server is slow.
'use strict';

var fs = require('fs');
var readSync = fs.readSync; // functions may replace fs's own
var read = fs.read;
var writeSync = fs.writeSync;
var hrtime = process.hrtime;

var IN = 3;
var OUT = 4;
var BOARD = 5; // says how many frames were sent, and for how long to stay awake
var alloc = Buffer.allocUnsafe || function (size) { return new Buffer(size); };
var from = Buffer.allocUnsafe ? Buffer.from : function (s, encoding) { return new Buffer(s, encoding); };
var byteLength = Buffer.byteLength;
var utf8 = Buffer.prototype.utf8Slice; // toString without its questions
var latin1 = Buffer.prototype.latin1Slice || Buffer.prototype.binarySlice;
var utf8Write = Buffer.prototype.utf8Write;
exports.utf8 = utf8;
exports.latin1 = latin1;

// size reads four bytes, little-endian, and put writes them.
function size(bytes, at) {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
}
exports.size = size;

function put(bytes, at, n) {
  bytes[at] = n;
  bytes[at + 1] = n >> 8;
  bytes[at + 2] = n >> 16;
  bytes[at + 3] = n >> 24;
}

var inbox = alloc(65536);
var start = 0;
var end = 0;
var outbox = alloc(65536);

exports.LOAD = 76; //   'L'  server → runtime: settings, JSON
exports.WAKE = 87; //   'W'  server → runtime: LOAD comes in a moment, and the board is there if not empty
exports.REHEARSE = 114; // 'r' server → runtime: nothing else comes for now, the copy may rehearse
exports.GO = 71; //     'G'  server → runtime: the code is in place
exports.INVOKE = 73; // 'I'  server → runtime: an event
exports.AHEAD = 65; //  'A'  an event that waited for the one before
exports.FREEZE = 70; // 'F'  nothing need run between two events
exports.REHEARSED = 104; // 'h' runtime → server: this process can be copied
exports.READY = 105; // 'i'  the handler is loaded
exports.INIT_ERROR = 101; // 'e'  it is not: error, JSON
exports.RESULT = 82; // 'R'  result of the event, JSON
exports.HANDLED = 72; // 'H'  the function's answer is an error it reported
exports.FAULT = 85; // 'U'  the event ended with an error it did not
exports.FATAL = 88; //  'X'  the same, and this process ends now
exports.LOG = 108; //   'l'  one log event, text
exports.OUTPUT = 111; // 'o' a piece of standard output or error
exports.NEED = 110; // 'n'  a package of the AWS SDK is missing: its name; GO answers
exports.STREAM = 115; // 's'  a streamed result begins: content type
exports.CHUNK = 99; //  'c'  a piece of it
exports.STREAM_END = 122; // 'z'  its end: nothing, or error type, newline, error JSON
exports.TOOK = 116; //  't'  before the answer to AHEAD: its microseconds
exports.UNTAKEN = 117; // 'u' its turn came too late: its id
exports.GONE = 103; //  'g'  this process exits: the id of the event under way, or nothing

var board = alloc(8);
var boarded = false;
var count = 0; // frames that came
var vain = 0; // times on end that nothing came while it waited awake
var skip = 0; // times that it does not look

// watch begins to look at the board.
exports.watch = function watch() {
  boarded = true;
};

// waiting says that something was sent that has not been read.
exports.waiting = function waiting() {
  try {
    readSync(BOARD, board, 0, 8, 0);
    return size(board, 0) !== count;
  } catch (e) { // there is no board
    return false;
  }
};

// stayAwake returns when there is something to read, or when it has waited for as
// long as the board says: falling asleep and waking up can take longer than a
// short event. Where it waits in vain it does so less often, and where others
// want the processor, which they then have for a millisecond or more, hardly ever.
function stayAwake() {
  if (skip > 0) {
    skip--;
    return;
  }
  for (var before = 0, end = 0; ;) {
    readSync(BOARD, board, 0, 8, 0);
    var at = now();
    if (before !== 0 && at - before > 500) {
      skip = 1000;
      return;
    }
    if (size(board, 0) !== (count | 0)) {
      vain = 0;
      return;
    }
    var longest = size(board, 4);
    if (longest === 0) {
      skip = 7;
      return;
    }
    if (end === 0) {
      end = at + longest;
    } else if (at >= end) {
      break;
    }
    before = at;
  }
  vain = Math.min(vain + 1, 6);
  skip = (1 << vain) - 1;
}

// ENDED is thrown when the server has told the runtime to end, and the function
// wants to do something about it.
var ENDED = {};
exports.ENDED = ENDED;

function fill(buffer, from, to) {
  for (;;) {
    try {
      var n = readSync(IN, buffer, from, to - from, null);
      if (n === 0) {
        if (process.listenerCount && process.listenerCount('SIGTERM') > 0) {
          throw ENDED;
        }
        process.reallyExit ? process.reallyExit(0) : process.exit(0); // the server is gone
      }
      return n;
    } catch (e) {
      if (e.code !== 'EINTR' && e.code !== 'EAGAIN') {
        throw e;
      }
    }
  }
}

function need(count) {
  if (end - start >= count) {
    return;
  }
  inbox.copy(inbox, 0, start, end);
  end -= start;
  start = 0;
  while (end < count) {
    end += fill(inbox, end, inbox.length);
  }
}

// expect returns the body of the next frame, a text, which must be of this kind.
exports.expect = function expect(kind) {
  for (;;) {
    var frame = receive();
    if (frame.kind === kind) {
      return frame.bytes.toString('utf8', frame.start, frame.end);
    }
    if (frame.kind === exports.WAKE) {
      boarded = frame.end > frame.start;
      continue;
    }
    if (frame.kind !== exports.AHEAD) {
      throw new Error('unexpected order ' + frame.kind + ' from the server');
    }
    var body = alloc(frame.end - frame.start);
    frame.bytes.copy(body, 0, frame.start, frame.end);
    early.push({ kind: frame.kind, bytes: body, start: 0, end: body.length });
  }
};

// early are events that came while something else was expected.
var early = [];

// comes says whether the next frame is of this kind, and takes it then.
exports.comes = function comes(kind) {
  var frame = receive();
  if (frame.kind === kind) {
    return true;
  }
  unread = frame;
  return false;
};

// unread is a frame that was looked at and is the next to be read.
var unread = null;

// read returns the next frame: its kind, and where its body is. That is valid
// until the next read.
exports.read = function read() {
  return early.length > 0 ? early.shift() : receive();
};

var received = { kind: 0, bytes: inbox, start: 0, end: 0 };

function receive() {
  if (unread !== null) {
    var frame = unread;
    unread = null;
    return frame;
  }
  if (start === end) {
    start = end = 0;
    if (boarded) {
      try {
        stayAwake();
      } catch (e) { // the function has closed it
        boarded = false;
      }
    }
  }
  count++;
  need(4);
  var length = size(inbox, start);
  start += 4;
  if (length > inbox.length - 4) {
    return receiveLarge(length);
  }
  need(length);
  received.kind = inbox[start];
  received.start = start + 1;
  received.end = start += length;
  return received;
}

function receiveLarge(length) {
  var whole = alloc(length);
  var have = end - start;
  inbox.copy(whole, 0, start, end);
  start = end = 0;
  while (have < length) {
    have += fill(whole, have, length);
  }
  return { kind: whole[0], bytes: whole, start: 1, end: length };
}

// rehearse makes a frame that nobody sent the next to be read, and looks at the
// board.
exports.rehearse = function rehearse(kind, body) {
  try {
    stayAwake();
  } catch (e) { // there is none
  }
  skip = 0;
  count--; // it will be counted
  put(inbox, 0, body.length + 1);
  inbox[4] = kind;
  body.copy(inbox, 5);
  start = 0;
  end = body.length + 5;
};

// wait calls back when there is something to read, without blocking.
exports.wait = function wait(then) {
  if (start !== end || early.length > 0) {
    then();
    return;
  }
  start = end = 0;
  read(IN, inbox, 0, inbox.length, null, function (error, n) {
    if (error) {
      throw error;
    }
    if (n === 0) {
      process.exit(0); // the server is gone
    }
    end = n;
    then();
  });
};

// muted frames are made but not sent: for rehearsing.
exports.muted = false;

function flush(buffer, length) {
  if (exports.muted) {
    return;
  }
  for (var at = 0; at < length;) {
    try {
      at += writeSync(OUT, buffer, at, length - at, null);
    } catch (e) {
      if (e.code !== 'EINTR' && e.code !== 'EAGAIN') {
        throw e;
      }
    }
  }
}

// now is the machine's monotonic clock, in microseconds.
function now() {
  var t = hrtime();
  return t[0] * 1e6 + Math.floor(t[1] / 1e3);
}
exports.now = now;

// began is when the event under way was begun, if its time is to be told.
var began = 0;
exports.time = function time(at) {
  began = at;
};

// ANSWERS are the kinds of frames that end an event.
var ANSWERS = {};
ANSWERS[exports.RESULT] = ANSWERS[exports.HANDLED] = ANSWERS[exports.FAULT] = ANSWERS[exports.STREAM_END] = true;

// TIMED is the size of what tells an event's time.
var TIMED = 9;

// write sends one frame whose body is a string.
exports.write = function write(kind, text) {
  var at = began !== 0 && ANSWERS[kind] ? TIMED : 0;
  var buffer = outbox;
  if (text.length * 3 + 5 + at > outbox.length) {
    buffer = alloc(byteLength(text) + 5 + at);
  }
  if (at) {
    put(buffer, 0, 5);
    buffer[4] = exports.TOOK;
    put(buffer, 5, Math.min(now() - began, 0xffffffff));
    began = 0;
  }
  var n = utf8Write.call(buffer, text, at + 5, buffer.length - at - 5);
  put(buffer, at, n + 1);
  buffer[at + 4] = kind;
  flush(buffer, at + n + 5);
};

// PIECE bounds what is sent in one frame of something that may be cut.
var PIECE = 1 << 20;

// writeBytes sends a buffer, in more than one frame if it is large.
exports.writeBytes = function writeBytes(kind, bytes) {
  for (; bytes.length > PIECE; bytes = bytes.slice(PIECE)) {
    writePiece(kind, bytes.slice(0, PIECE));
  }
  writePiece(kind, bytes);
};

function writePiece(kind, bytes) {
  put(outbox, 0, bytes.length + 1);
  outbox[4] = kind;
  if (bytes.length + 5 <= outbox.length) {
    bytes.copy(outbox, 5);
    flush(outbox, bytes.length + 5);
    return;
  }
  flush(outbox, 5);
  flush(bytes, bytes.length);
}

exports.byteLength = byteLength;
exports.fromString = from;
exports.fromBytes = function (bytes) {
  return Buffer.isBuffer(bytes) ? bytes : from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

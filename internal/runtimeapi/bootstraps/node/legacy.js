// The contract of nodejs4.3, nodejs6.10 and nodejs8.10.
'use strict';

var frames = require('./frames');
var logger = require('./console');
var makeContext = require('./context').make;

var MAX_RESPONSE = 6291556;

var line;
var handler;
var failure; // why the handler could not be loaded: told at the first event
var running = null;

// reset forgets the rehearsal.
exports.reset = function reset() {
  handler = undefined;
  running = null;
  logger.requestId = undefined;
};

exports.prepare = function prepare(which) {
  line = which;
  process.on('uncaughtException', function (error) {
    console.error(error && error.stack || error);
    process.exit(1);
  });
  process.on('beforeExit', function () {
    var run = running;
    if (run) {
      run.finish();
    }
  });
  if (Number(process.versions.node.split('.')[0]) >= 15) {
    process.on('unhandledRejection', function (reason) {
      process.emitWarning('Unhandled promise rejection: ' + reason);
    });
  }
};

exports.loaded = function loaded(error, found, next) {
  if (error && error.text) {
    logger.line(error.text + (error.cause ? ': ' + (error.cause.stack || error.cause) : '') + '\n');
  }
  failure = error;
  handler = found;
  frames.write(frames.READY, '');
  setImmediate(next);
};

exports.invoke = function invoke(event, next) {
  logger.requestId = event.id;
  if (failure) {
    var body = failure.cause ? errorResponse(failure.cause) : { errorMessage: failure.bare };
    frames.write(frames.FATAL, JSON.stringify(body));
    process.exit(1);
  }
  var context = makeContext(event);
  var answered = false;
  var error;
  var result;
  context.invokeid = event.id;
  var run = { finish: finish };
  running = run;

  function finish() {
    if (running !== run) {
      return;
    }
    running = null;
    send(error, result);
    next();
  }

  // answer keeps the first outcome. It goes out when the event loop is empty,
  // or at once.
  function answer(e, value, now) {
    if (answered) {
      return;
    }
    answered = true;
    error = e;
    result = value;
    if (now || context.callbackWaitsForEmptyEventLoop === false) {
      finish();
    }
  }

  context.done = function (e, value) { answer(e, value, true); };
  context.succeed = function (value) { answer(null, value, true); };
  context.fail = function (e) { answer(e === undefined || e === null ? NOTHING : e, undefined, true); };

  // An exception is not caught here: it is an uncaught one, as on AWS.
  var returned = handler(JSON.parse(event.payload), context, function (e, value) { answer(e, value, false); });
  if (line.promises && returned && typeof returned.then === 'function') {
    returned.then(context.succeed, context.fail);
  }
};

// NOTHING is the error of a fail() without one.
var NOTHING = { toString: function () { return null; } };

function send(error, result) {
  if (error !== null && error !== undefined) {
    return sendError(errorResponse(error));
  }
  var text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
    if (text === undefined) {
      text = 'null';
    }
  } catch (e) {
    return sendError({ errorMessage: 'Unable to stringify response body as json: ' + e.message });
  }
  if (text.length > MAX_RESPONSE / 3 && frames.byteLength(text) > MAX_RESPONSE) {
    frames.write(frames.FAULT, JSON.stringify({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (' + MAX_RESPONSE + ' bytes).'
    }));
    return;
  }
  frames.write(frames.RESULT, text);
}

function sendError(response) {
  var text = JSON.stringify(response);
  logger.report(text);
  frames.write(frames.HANDLED, text);
}

// errorResponse is what the caller gets for an error.
function errorResponse(error) {
  if (error === NOTHING) {
    return { errorMessage: null };
  }
  try {
    if (!logger.isError(error)) {
      return { errorMessage: error.toString() };
    }
    return {
      errorMessage: String(error.message),
      errorType: String(error.name),
      stackTrace: trace(String(error.stack))
    };
  } catch (e) {
    return { errorMessage: logger.BROKEN };
  }
}

// trace keeps the function's own frames, without the words before them.
function trace(stack) {
  var kept = [];
  var lines = stack.split('\n');
  for (var i = 0; i < lines.length; i++) {
    if (!/^\s+at /.test(lines[i])) {
      continue;
    }
    if (lines[i].indexOf(__dirname) >= 0) {
      break;
    }
    kept.push(lines[i].replace(/^\s+at /, ''));
  }
  return kept;
}

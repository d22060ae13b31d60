// The contract of runtimes from 10 on.
'use strict';

var frames = require('./frames');
var logger = require('./console');
var makeContext = require('./context').make;
var makeFault = require('./handler').fault;

var MAX_RESPONSE = 6291556;

var line;
var handler;
var streaming = false;
// running is the invocation under way: {done, waiting, finish}. Its first
// answer wins.
var running = null;
var initialised = false;

// reset forgets the rehearsal.
exports.reset = function reset() {
  handler = undefined;
  running = null;
  initialised = streaming = false;
  logger.requestId = undefined;
};

exports.prepare = function prepare(which) {
  line = which;
  process.on('uncaughtException', function (error) {
    die('Uncaught Exception', error, 129);
  });
  process.on('unhandledRejection', function (reason) {
    var error = makeFault('Runtime.UnhandledPromiseRejection', textOf(reason), reason instanceof Error ? reason : undefined);
    error.reason = reason;
    die('Unhandled Promise Rejection', error, 128);
  });
  process.on('beforeExit', drained);
};

// loaded ends the initialisation.
exports.loaded = function loaded(error, found, next) {
  if (error) {
    logger.report('Uncaught Exception', error);
    frames.write(frames.INIT_ERROR, JSON.stringify(errorResponse(error)));
    process.exit(129);
  }
  handler = found;
  streaming = line.number >= 14 && require('./stream').streams(handler);
  warnOfCallbacks();
  initialised = true;
  frames.write(frames.READY, '');
  setImmediate(next);
};

// AWS announces in the log, once, that 24 has no callbacks any more; only the
// runtimes that were still cared for in 2025 do.
function warnOfCallbacks() {
  if ((line.number !== 20 && line.number !== 22) || streaming || handler.length < 3 ||
      handler.constructor.name === 'AsyncFunction' || process.env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING) {
    return;
  }
  console.warn('AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. ' +
    'You will need to update this function to use an async handler to use Node.js 24 or later. ' +
    'For more information and to provide feedback on this change, see ' +
    'https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. ' +
    'To disable this warning, set the AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.');
}

exports.invoke = function invoke(event, next) {
  logger.requestId = event.id;
  var context = makeContext(event);
  var run = { done: false, waiting: null, promise: false, next: next };
  running = run;
  if (streaming) {
    return require('./stream').invoke(handler, event, context, run, finish);
  }

  // answer takes the first outcome; at tells when it goes out.
  function answer(error, result, now) {
    if (run.done) {
      return;
    }
    run.done = true;
    if (error !== undefined && error !== null) {
      return finish(run, error);
    }
    if (now || context.callbackWaitsForEmptyEventLoop === false) {
      return finish(run, null, result);
    }
    run.waiting = function () {
      finish(run, null, result);
    };
  }

  var result;
  try {
    if (line.callbacks) {
      context.done = function (error, value) { answer(error, value, true); };
      context.succeed = function (value) { answer(null, value, true); };
      context.fail = function (error) { answer(error === undefined || error === null ? 'handled' : error, undefined, true); };
      result = handler(JSON.parse(event.payload), context, function (error, value) { answer(error, value, false); });
    } else {
      result = handler(JSON.parse(event.payload), context);
    }
  } catch (e) {
    return answer(e === undefined || e === null ? String(e) : e);
  }
  if (result && typeof result.then === 'function') {
    run.promise = true;
    result.then(function (value) {
      answer(null, value, true);
    }, function (e) {
      reject(run, e, answer);
    });
  } else if (!line.callbacks) {
    answer(null, result, true);
  }
};

// reject answers with whatever a promise was rejected with, be it undefined.
function reject(run, e, answer) {
  if (e !== undefined && e !== null) {
    return answer(e);
  }
  if (!run.done) {
    run.done = true;
    finish(run, e, undefined, true);
  }
}

// drained is called when the event loop is empty: what waited for that goes
// out, and an invocation without an answer ends.
function drained() {
  var run = running;
  if (!run) {
    if (!initialised) { // a top-level await that never ends
      die('Uncaught Exception', unsettled(), 13);
    }
    return;
  }
  if (run.waiting) {
    return run.waiting();
  }
  if (run.done) {
    return;
  }
  run.done = true;
  if (run.promise && line.number >= 20) {
    return die('Uncaught Exception', unsettled(), 13);
  }
  finish(run, null, null);
}

function unsettled() {
  return makeFault('Runtime.NodeJsExit', 'The Lambda runtime client detected an unexpected Node.js exit code. ' +
    'This is most commonly caused by a Promise that was never settled. For more information, see ' +
    'https://nodejs.org/docs/latest/api/process.html#exit-codes');
}

// finish sends the outcome and waits for the next event.
function finish(run, error, result, failed) {
  running = null;
  if (failed || error !== null && error !== undefined) {
    fail(error);
    return run.next();
  }
  var text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
    if (text === undefined) {
      text = 'null'; // a function or a symbol
    }
  } catch (e) {
    fail(makeFault(line.number >= 24 ? 'Runtime.JSONStringifyError' : 'Error', 'Unable to stringify response body', e));
    return run.next();
  }
  if (text.length > MAX_RESPONSE / 3 && frames.byteLength(text) > MAX_RESPONSE) {
    frames.write(frames.FAULT, JSON.stringify({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (' + MAX_RESPONSE + ' bytes).'
    }));
    return run.next();
  }
  frames.write(frames.RESULT, text);
  run.next();
}

// next forgets an invocation whose outcome was sent by someone else.
finish.next = function (run) {
  running = null;
  run.next();
};

function fail(error) {
  logger.report('Invoke Error', error);
  frames.write(frames.FAULT, JSON.stringify(errorResponse(error)));
}

// die reports an error outside the handler's own answer and ends the process.
function die(title, error, status) {
  logger.report(title, error);
  var text = JSON.stringify(errorResponse(error));
  if (running) {
    frames.write(frames.FATAL, text);
  } else if (!initialised) {
    frames.write(frames.INIT_ERROR, text);
  }
  process.exit(status);
}

// errorResponse is what the caller gets for an error.
function errorResponse(error) {
  try {
    if (logger.isError(error)) {
      return {
        errorType: clean(error.name),
        errorMessage: clean(error.message),
        trace: clean(error.stack).split('\n')
      };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch (e) {
    return { errorType: 'handled', errorMessage: logger.BROKEN };
  }
}
exports.errorResponse = errorResponse;

// AWS cannot carry ASCII DEL in these, from 18 on.
function clean(text) {
  text = String(text);
  return line.number >= 18 ? text.replace(/\x7F/g, '%7F') : text;
}

function textOf(value) {
  try {
    return String(value);
  } catch (e) {
    return Object.prototype.toString.call(value);
  }
}

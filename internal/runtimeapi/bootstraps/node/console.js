// console of functions: each call is one log event, with time and request id.
'use strict';

var util = require('util');
var frames = require('./frames');

var LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
var METHODS = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };

// requestId is undefined outside an invocation, and printed as that.
exports.requestId = undefined;
exports.line = write;

// AWS cuts a log event at 256 KiB; what is far beyond need not be one here.
var MAX_EVENT = 256 * 1024;

function write(text) {
  for (; text.length > MAX_EVENT; text = text.slice(MAX_EVENT)) {
    frames.write(frames.LOG, text.slice(0, MAX_EVENT));
  }
  frames.write(frames.LOG, text);
}

function stamp() {
  return new Date().toISOString() + '\t' + exports.requestId + '\t';
}

// catchOutput sends what is written to process.stdout and process.stderr along
// with everything else, so that the order is kept. The streams themselves are
// made only when someone asks for them.
function catchOutput(name) {
  var original = Object.getOwnPropertyDescriptor(process, name);
  if (!original || !original.get) {
    return;
  }
  var stream;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: function () {
      if (!stream) {
        stream = original.get.call(process);
        stream.write = function (chunk, encoding, done) {
          if (typeof encoding === 'function') {
            done = encoding;
            encoding = undefined;
          }
          frames.writeBytes(frames.OUTPUT, typeof chunk === 'string' ? frames.fromString(chunk, encoding) : frames.fromBytes(chunk));
          if (typeof done === 'function') {
            process.nextTick(done);
          }
          return true;
        };
      }
      return stream;
    }
  });
}

// prepare does what needs no settings and takes time: old engines make the
// console and its streams when they are first touched.
exports.prepare = function prepare() {
  catchOutput('stdout');
  catchOutput('stderr');
  return typeof console.log;
};

exports.install = function install(line) {
  var json = line.number >= 18 && process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
  var lowest = LEVELS.indexOf(String(process.env.AWS_LAMBDA_LOG_LEVEL || 'TRACE').toUpperCase());
  if (line.legacy) {
    ['log', 'info', 'warn', 'error'].forEach(function (name) {
      console[name] = function () {
        write(stamp() + util.format.apply(util, arguments));
      };
    });
    exports.report = legacyReport;
    return;
  }
  Object.keys(METHODS).forEach(function (name) {
    var level = METHODS[name];
    if (LEVELS.indexOf(level) < lowest) {
      console[name] = function () {};
      return;
    }
    console[name] = json ? function () {
      write(jsonLine(level, arguments));
    } : function () {
      write(stamp() + level + '\t' + util.format.apply(util, arguments));
    };
  });
  exports.report = json ? function (title, error) {
    write(jsonLine('ERROR', [title, error instanceof Error ? error : new Error(String(error))]));
  } : report;
};

exports.report = report;

// report logs how an invocation failed, in the words of runtimes from 10 on.
function report(title, error) {
  write(stamp() + 'ERROR\t' + title + ' \t' + JSON.stringify(describe(error)));
}

// describe gives an error as it appears in the log. What is not an Error is
// shown as one that was made of it.
function describe(error) {
  try {
    if (!isError(error)) {
      error = new Error(String(error));
    }
    var shown = { errorType: String(error.name), errorMessage: String(error.message) };
    if (error.code !== undefined) {
      shown.code = error.code;
    }
    Object.keys(error).forEach(function (key) {
      if (key !== 'name' && key !== 'message' && key !== 'stack' && key !== 'code') {
        shown[key] = error[key];
      }
    });
    shown.stack = String(error.stack).split('\n');
    JSON.stringify(shown); // a property may refer to itself
    return shown;
  } catch (e) {
    return { errorType: 'handled', errorMessage: BROKEN, stack: [] };
  }
}

function isError(value) {
  try {
    return value instanceof Error || Boolean(value) && typeof value.name === 'string' &&
      typeof value.message === 'string' && typeof value.stack === 'string';
  } catch (e) {
    return false;
  }
}
exports.isError = isError;

// BROKEN is the message for an error whose own cannot be read.
var BROKEN = 'callback called with Error argument, but there was a problem while retrieving one or more of its ' +
  'message, name, and stack';
exports.BROKEN = BROKEN;

// legacyReport logs a handled error as the runtimes up to 8.10 did: the JSON
// that the caller gets.
function legacyReport(text) {
  var limit = 256 * 1024;
  var mark = ' - Truncated by Lambda';
  if (text.length > limit) {
    text = text.slice(0, limit - mark.length) + mark;
  }
  write(stamp() + text);
}

function jsonLine(level, values) {
  var record = { timestamp: new Date().toISOString(), level: level, requestId: exports.requestId };
  if (values.length === 1) {
    record.message = values[0];
    try {
      return JSON.stringify(record, function (key, value) {
        return value instanceof Error ? flat(value) : value;
      });
    } catch (e) {
      record.message = util.format(values[0]);
      return JSON.stringify(record);
    }
  }
  record.message = util.format.apply(util, values);
  for (var i = 0; i < values.length; i++) {
    if (values[i] instanceof Error) {
      var shown = flat(values[i]);
      record.errorType = shown.errorType;
      record.errorMessage = shown.errorMessage;
      record.stackTrace = shown.stackTrace;
      break;
    }
  }
  return JSON.stringify(record);
}

function flat(error) {
  var shown = {
    errorType: error.constructor && error.constructor.name || 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : error.stack
  };
  Object.keys(error).forEach(function (key) {
    shown[key] = error[key];
  });
  return shown;
}

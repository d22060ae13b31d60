// Streamed responses: awslambda.streamifyResponse(handler).
'use strict';

var frames = require('./frames');
var logger = require('./console');

var MARK = Symbol.for('aws.lambda.runtime.handler.streaming');
var HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
var PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';

exports.streams = function streams(handler) {
  return handler[MARK] === 'response';
};

// install makes the global that functions use.
exports.install = function install() {
  global.awslambda = {
    streamifyResponse: function (handler, options) {
      handler[MARK] = 'response';
      if (options && options.highWaterMark !== undefined) {
        handler[HIGH_WATER_MARK] = parseInt(options.highWaterMark, 10);
      }
      return handler;
    },
    HttpResponseStream: {
      // from sends metadata (status, headers, cookies) ahead of the body.
      from: function (stream, metadata) {
        stream.setContentType(PRELUDE_TYPE);
        stream._onBeforeFirstWrite = function (write) {
          write(JSON.stringify(metadata));
          write(Buffer.alloc(8)); // eight zero bytes end the metadata
        };
        return stream;
      }
    }
  };
};

// invoke runs a streaming handler: it ends when the handler's promise has
// settled and the stream has ended.
exports.invoke = function invoke(handler, event, context, run, finish) {
  var errorResponse = require('./current').errorResponse;
  var Writable = require('stream').Writable;
  var type = 'application/octet-stream';
  var begun = false;
  var settled = false;

  function begin() {
    if (begun) {
      return;
    }
    begun = true;
    frames.write(frames.STREAM, type);
    if (stream._onBeforeFirstWrite) {
      stream._onBeforeFirstWrite(function (chunk) {
        frames.writeBytes(frames.CHUNK, Buffer.from(chunk));
      });
    }
  }

  function end(error) {
    if (run.done) {
      return;
    }
    run.done = true;
    if (error === undefined) {
      begin();
      frames.write(frames.STREAM_END, '');
    } else if (!begun) {
      return finish(run, error);
    } else {
      logger.report('Invoke Error', error);
      var response = errorResponse(error);
      frames.write(frames.STREAM_END, response.errorType + '\n' + JSON.stringify(response));
    }
    finish.next(run);
  }

  var stream = new Writable({
    highWaterMark: handler[HIGH_WATER_MARK],
    write: function (chunk, encoding, done) {
      if (!run.done) {
        begin();
        frames.writeBytes(frames.CHUNK, chunk);
      }
      setImmediate(done);
    },
    final: function (done) {
      done();
      if (settled) {
        end();
      }
    }
  });
  stream.setContentType = function (value) {
    type = String(value);
  };
  stream.on('error', function (e) {
    end(e);
  });
  run.waiting = function () { // the event loop is empty
    end(settled && stream.writableEnded ? undefined : new Error('The response stream was never ended'));
  };

  var result;
  try {
    result = handler(JSON.parse(event.payload), stream, context);
  } catch (e) {
    return end(e);
  }
  Promise.resolve(result).then(function () {
    settled = true;
    if (stream.writableFinished) {
      end();
    }
  }, function (e) {
    end(e === undefined || e === null ? new Error(String(e)) : e);
  });
};

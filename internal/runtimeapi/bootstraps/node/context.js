// The context object of an invocation.
'use strict';

var setTrace = require('./trace').set;

var env = process.env;
var name, version, memory, group, stream;

// settle reads what is the same for all events: asking the environment takes
// longer than all else here.
exports.settle = function settle() {
  name = env.AWS_LAMBDA_FUNCTION_NAME;
  version = env.AWS_LAMBDA_FUNCTION_VERSION;
  memory = env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
  group = env.AWS_LAMBDA_LOG_GROUP_NAME;
  stream = env.AWS_LAMBDA_LOG_STREAM_NAME;
};

// make gives the fields that every line has.
exports.make = function make(event) {
  var c = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: version,
    functionName: name,
    memoryLimitInMB: memory,
    logGroupName: group,
    logStreamName: stream,
    clientContext: parsed(event.clientContext),
    identity: parsed(event.identity),
    invokedFunctionArn: event.arn,
    awsRequestId: event.id,
    getRemainingTimeInMillis: function () {
      return event.deadline - Date.now();
    }
  };
  if (event.trace) {
    setTrace(event.trace);
  }
  return c;
};

function parsed(text) {
  return text ? JSON.parse(text) : undefined;
}

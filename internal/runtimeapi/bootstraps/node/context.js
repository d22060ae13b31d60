// The context object of an invocation.
'use strict';

// context gives the fields that every line has.
module.exports = function context(event) {
  var env = process.env;
  var c = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(event.clientContext),
    identity: parsed(event.identity),
    invokedFunctionArn: event.arn,
    awsRequestId: event.id,
    getRemainingTimeInMillis: function () {
      return event.deadline - Date.now();
    }
  };
  if (event.trace) {
    env._X_AMZN_TRACE_ID = event.trace;
  }
  return c;
};

function parsed(text) {
  return text ? JSON.parse(text) : undefined;
}

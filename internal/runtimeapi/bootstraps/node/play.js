// The function of the rehearsal.
'use strict';

exports.handler = function (event, context, callback) {
  if (callback) {
    context.callbackWaitsForEmptyEventLoop = false;
    callback(null, event);
  }
  return event;
};

exports.promise = function (event) {
  return Promise.resolve(event);
};

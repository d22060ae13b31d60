// Handlers by name; the event's "case" picks one. ES5: Node.js 4 reads it too.
'use strict';

var cases = {
  callback: function (e, c, done) { done(null, { ok: true }); },
  callbackUndefined: function (e, c, done) { done(); },
  callbackNaN: function (e, c, done) { done(null, NaN); },
  callbackFunction: function (e, c, done) { done(null, function () {}); },
  nothing: function () {},
  returnsValue: function () { return 'value'; },
  succeed: function (e, c) { c.succeed('s'); },
  doneTwice: function (e, c) { c.done('400 first'); c.done(null, 'second'); },
  errorThenResult: function (e, c, done) { done('400 Invalid Input'); done(null, 'result'); },
  resultThenError: function (e, c, done) { done(null, 'result'); done('error'); },
  error: function (e, c, done) { done(new TypeError('msg')); },
  errorNamed: function (e, c, done) { var x = new Error('msg'); x.name = 'Mine'; done(x); },
  errorObject: function (e, c, done) { done({ a: 1 }); },
  errorNumber: function (e, c, done) { done(7); },
  errorJSON: function (e, c, done) { done(JSON.stringify({ code: 400 })); },
  errorGetter: function (e, c, done) {
    var x = new Error('m');
    Object.defineProperty(x, 'message', { get: function () { throw new Error('no'); } });
    done(x);
  },
  errorDelete: function (e, c, done) { done(new Error('a\x7Fb')); },
  fail: function (e, c) { c.fail(); },
  failText: function (e, c) { c.fail('text'); },
  throws: function () { throw new Error('thrown'); },
  throwsLater: function () { setTimeout(function () { throw new Error('later'); }, 1); },
  exit0: function () { process.exit(0); },
  exit3: function () { process.exit(3); },
  abort: function () { process.abort(); },
  killed: function () { process.kill(process.pid, 'SIGKILL'); },
  circular: function (e, c, done) { var a = {}; a.a = a; done(null, a); },
  waits: function (e, c, done) {
    done(null, { waited: false });
    setTimeout(function () { global.waited = 'timer ran'; }, 30);
  },
  waited: function (e, c, done) { done(null, String(global.waited)); global.waited = undefined; },
  waitsNot: function (e, c, done) {
    c.callbackWaitsForEmptyEventLoop = false;
    setTimeout(function () { global.waited = 'timer ran'; }, 100);
    done(null, 'at once');
  },
  promise: function () { return Promise.resolve({ p: 1 }); },
  promiseUndefined: function () { return Promise.resolve(); },
  promiseRejects: function () { return Promise.reject(new RangeError('r')); },
  promiseRejectsUndefined: function () { return Promise.reject(); },
  promiseNever: function () { return new Promise(function () {}); },
  rejectionUnhandled: function (e, c, done) { Promise.reject(new Error('nobody')); setTimeout(function () { done(null, 'went on'); }, 20); },
  tooLarge: function (e, c) { c.succeed(new Array(6291556 + 1).join('x')); },
  large: function (e, c) { c.succeed(new Array(6291556 - 1).join('x')); },
  context: function (e, c, done) {
    var left = c.getRemainingTimeInMillis();
    done(null, [c.functionName, c.functionVersion, c.invokedFunctionArn, c.memoryLimitInMB, c.awsRequestId, c.logGroupName,
      typeof c.logStreamName, c.invokeid, c.callbackWaitsForEmptyEventLoop, left > 20000 && left <= 60000, c.clientContext, c.identity]);
  },
  logs: function (e, c, done) {
    console.log('a %s', 'b'); console.info({ x: 1 }); console.warn('w\nx'); console.error('e');
    process.stdout.write('raw one\nraw two\n'); process.stderr.write('unfinished');
    done();
  },
  environment: function (e, c, done) {
    var keep = {};
    Object.keys(process.env).sort().forEach(function (k) { keep[k] = process.env[k]; });
    done(null, keep);
  }
};

// Runtimes that take callbacks get a handler that declares one.
exports.handler = function (e, c, done) { return cases[e.case](e, c, done); };
// From 24 on there are none.
exports.modern = function (e, c) { return cases[e.case](e, c); };

// A process that was started ahead goes once through everything that a function
// and an event take, so that the engine has compiled it when the first one comes.
'use strict';

var frames = require('./frames');
var settle = require('./context').settle;
var logger = require('./console');
var handlers = require('./handler');

// rehearse reads an order and an event that nobody sent: next takes the event, and
// follow sets what comes after it.
module.exports = function rehearse(line, contract, next, follow, done) {
  var name = line.legacy || !line.callbacks ? 'play.handler' : 'play.promise';
  var file = require.resolve('./play');
  frames.muted = true;
  frames.rehearse(frames.LOAD, frames.fromString('{}'));
  JSON.parse(frames.expect(frames.LOAD));
  settle();
  logger.install(line);
  follow(end);
  var root = line.legacy ? __dirname : '/';
  var handler = line.legacy ? name : __dirname.slice(1) + '/' + name;
  handlers.load(line, root, handler, function (error, found) {
    if (error) {
      return end();
    }
    contract.loaded(null, found, function () {
      frames.rehearse(frames.AHEAD, sample());
      next();
    });
  });

  function end() {
    delete require.cache[file];
    module.children = [];
    frames.muted = false;
    contract.reset();
    done();
  }
};

// sample is the body of an AHEAD frame, which may be begun for ever.
function sample() {
  var parts = ['9007199254740991', '00000000-0000-0000-0000-000000000000', '0', 'arn', '', '', ''].map(function (s) {
    var b = frames.fromString('    ' + s);
    b.writeUInt32LE(s.length, 0);
    return b;
  });
  return Buffer.concat(parts.concat([frames.fromString('{"an":["event",1,null]}')]));
}

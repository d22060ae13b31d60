// A process that was started ahead goes once through everything that an event
// takes, so that the engine has compiled it when the first one comes.
'use strict';

var frames = require('./frames');
var handlers = require('./handler');

module.exports = function rehearse(line, contract, parse, done) {
  var name = line.legacy || !line.callbacks ? 'play.handler' : 'play.promise';
  var file = require.resolve('./play');
  frames.muted = true;
  var root = line.legacy ? __dirname : '/';
  var handler = line.legacy ? name : __dirname.slice(1) + '/' + name;
  handlers.load(line, root, handler, function (error, found) {
    if (error) {
      return end();
    }
    contract.loaded(null, found, function () {
      var body = sample();
      contract.invoke(parse(body, 0, body.length), function () {
        setImmediate(end);
      });
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

// sample is the body of an INVOKE frame.
function sample() {
  var parts = ['00000000-0000-0000-0000-000000000000', '0', 'arn', '', '', ''].map(function (s) {
    var b = frames.fromString('    ' + s);
    b.writeUInt32LE(s.length, 0);
    return b;
  });
  return Buffer.concat(parts.concat([frames.fromString('{"an":["event",1,null]}')]));
}

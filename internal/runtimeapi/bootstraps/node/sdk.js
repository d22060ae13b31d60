// The AWS SDK, which AWS ships with its runtimes. It is large, so the server
// brings it only when a function asks for it and does not have it itself. It
// comes to a folder where the engine has not looked before: Node.js remembers
// where there was nothing.
'use strict';

var Module = require('module');
var path = require('path');
var frames = require('./frames');

var OFFERED = /^(aws-sdk|@aws-sdk\/[^/]+|@smithy\/[^/]+)(\/|$)/;

// asked keeps the answers by package: a folder, or nothing.
var asked = {};

// need asks the server for a package and returns the folder it is in, if any.
function need(specifier) {
  var match = OFFERED.exec(specifier);
  if (!match) {
    return '';
  }
  var name = match[1];
  if (asked[name] === undefined) {
    frames.write(frames.NEED, name);
    asked[name] = frames.expect(frames.GO);
  }
  return asked[name];
}

// install lets require() ask.
exports.install = function install() {
  var resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, isMain, options) {
    try {
      return resolve.call(this, request, parent, isMain, options);
    } catch (e) {
      var folder = e && e.code === 'MODULE_NOT_FOUND' && need(request);
      if (!folder) {
        throw e;
      }
      return resolve.call(this, request, neighbour(folder), false);
    }
  };
};

// neighbour is a module beside a node_modules folder: it sees what is in there.
function neighbour(folder) {
  var m = new Module(path.join(path.dirname(folder), 'neighbour.js'), null);
  m.filename = m.id;
  m.paths = [folder];
  return m;
}

// folders lists the node_modules folders in which a package that import did
// not find may be: import itself does not know NODE_PATH.
exports.folders = function folders(specifier) {
  if (/^[./]|^[a-z]+:/.test(specifier)) {
    return [];
  }
  var list = (process.env.NODE_PATH || '').split(path.delimiter).filter(function (folder) {
    return path.basename(folder) === 'node_modules';
  });
  return list.concat(need);
};

// retry resolves once more, from each of those folders.
exports.retry = function retry(specifier, context, next, failure) {
  var list = exports.folders(specifier);
  for (var i = 0; i < list.length; i++) {
    var folder = typeof list[i] === 'function' ? list[i](specifier) : list[i];
    if (!folder) {
      continue;
    }
    var from = require('url').pathToFileURL(path.join(path.dirname(folder), 'neighbour.js')).href;
    try {
      return next(specifier, Object.assign({}, context, { parentURL: from }));
    } catch (e) {
      // look on
    }
  }
  throw failure;
};

// installHooks lets import ask, from 18 on. Where hooks run in a thread of
// their own, that is started for functions that are ES modules only.
exports.installHooks = function installHooks(line) {
  if (line.number < 18) {
    return;
  }
  if (Module.registerHooks) {
    Module.registerHooks({
      resolve: function (specifier, context, next) {
        try {
          return next(specifier, context);
        } catch (e) {
          if (!e || e.code !== 'ERR_MODULE_NOT_FOUND' && e.code !== 'MODULE_NOT_FOUND') {
            throw e;
          }
          return exports.retry(specifier, context, next, e);
        }
      }
    });
  } else if (Module.register) {
    Module.register(require('url').pathToFileURL(path.join(__dirname, 'hooks.mjs')).href);
  }
};

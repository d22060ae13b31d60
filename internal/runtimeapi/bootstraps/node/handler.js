// From the text 'path/file.export.nested' to a function.
'use strict';

var fs = require('fs');
var path = require('path');
var Module = require('module');

// load calls done(error, handler). Errors that are the contract's own have
// name 'Runtime.…'.
exports.load = function load(line, root, name, done) {
  if (line.legacy) {
    return loadLegacy(root, name, done);
  }
  var parts;
  try {
    parts = split(name);
  } catch (e) {
    return done(e);
  }
  loadModule(line, root, parts, function (error, exported) {
    if (error) {
      return done(classify(error));
    }
    var handler = parts.names.reduce(function (at, key) {
      return at === undefined || at === null ? undefined : at[key];
    }, exported);
    if (handler === undefined || handler === null) {
      return done(fault('Runtime.HandlerNotFound', name + ' is undefined or not exported'));
    }
    if (typeof handler !== 'function') {
      return done(fault('Runtime.HandlerNotFound', name + ' is not a function'));
    }
    if (!line.callbacks && handler.length >= 3 && !require('./stream').streams(handler)) {
      return done(fault('Runtime.CallbackHandlerDeprecated', 'ERROR: AWS Lambda has removed support for ' +
        'callback-based function handlers starting with Node.js 24. You need to modify this function to use a ' +
        'supported handler signature to use Node.js 24 or later. For more information see ' +
        'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.'));
    }
    done(null, handler);
  });
};

// split cuts the last path segment at its first dot.
function split(name) {
  if (name.indexOf('..') >= 0) {
    throw fault('Runtime.MalformedHandlerName', "'" + name +
      "' is not a valid handler name. Use absolute paths when specifying root directories in handler names.");
  }
  var base = path.basename(name);
  var dot = base.indexOf('.');
  if (dot < 0) {
    throw fault('Runtime.MalformedHandlerName', 'Bad handler');
  }
  return { dir: name.slice(0, name.length - base.length), file: base.slice(0, dot), names: base.slice(dot + 1).split('.') };
}

function loadModule(line, root, parts, done) {
  var base = path.resolve(root, parts.dir, parts.file);
  try {
    if (isFile(base)) {
      return done(null, require(base));
    }
    if (isFile(base + '.js')) {
      return line.number >= 14 && packageType(base) === 'module' ? importModule(line, base + '.js', done) : done(null, require(base + '.js'));
    }
    if (line.number >= 14 && isFile(base + '.mjs')) {
      return importModule(line, base + '.mjs', done);
    }
    if (line.number >= 12 && isFile(base + '.cjs')) {
      return done(null, require(base + '.cjs'));
    }
    done(null, require(resolve(root, parts)));
  } catch (e) {
    done(e === undefined || e === null ? new Error(String(e)) : e);
  }
}

function importModule(line, file, done) {
  require('./sdk').installHooks(line);
  require('./esm')(require('url').pathToFileURL(file).href).then(function (exported) {
    done(null, exported);
  }, done);
}

// resolve finds the module as Node.js does, from the code's own folders.
function resolve(root, parts) {
  var from = path.resolve(root, parts.dir);
  var asRelative = path.join(from, parts.file);
  try {
    return require.resolve(asRelative); // a folder with an index.js
  } catch (e) {
    if (e.code !== 'MODULE_NOT_FOUND') {
      throw e;
    }
  }
  var parent = new Module(path.join(from, 'noop.js'), null);
  parent.filename = parent.id;
  parent.paths = Module._nodeModulePaths(from).concat(Module._nodeModulePaths(root));
  try {
    return Module._resolveFilename(parts.file, parent, false);
  } catch (e) {
    var missing = new Error("Cannot find module '" + parts.file + "'\nRequire stack:\n- " + process.argv[1]);
    missing.code = 'MODULE_NOT_FOUND';
    throw missing;
  }
}

// QUIET has newer engines return nothing for what is not there, which takes less
// than an error does.
var QUIET = { throwIfNoEntry: false };

function isFile(name) {
  try {
    var found = fs.statSync(name, QUIET);
    return found !== undefined && found.isFile();
  } catch (e) {
    return false;
  }
}

// packageType is the "type" of the nearest package.json. Above the code of a jailed
// function there is none.
function packageType(name) {
  for (var dir = path.dirname(name); ; dir = path.dirname(dir)) {
    var file = path.join(dir, 'package.json');
    if (isFile(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, 'utf8')).type;
      } catch (e) {
        return undefined;
      }
    }
    if (dir === '/var/task' || dir === path.dirname(dir)) {
      return undefined;
    }
  }
}

function classify(error) {
  if (error instanceof SyntaxError) {
    return fault('Runtime.UserCodeSyntaxError', String(error), error);
  }
  if (error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) {
    return fault('Runtime.ImportModuleError', String(error), error);
  }
  return error;
}

// fault makes an error of the contract's own, with the frames of its cause.
function fault(name, message, cause) {
  var e = new Error(message);
  e.name = name;
  var stack = String((cause || e).stack);
  var frames = stack.indexOf('\n    at ');
  e.stack = name + ': ' + message + (frames >= 0 ? stack.slice(frames) : '');
  return e;
}
exports.fault = fault;

// loadLegacy is the rule of 4.3 to 8.10: exactly one dot, plain require.
function loadLegacy(root, name, done) {
  var parts = name.split('.');
  if (parts.length !== 2) {
    return done({ bare: 'Bad handler ' + name });
  }
  var file = parts[0];
  var base = path.resolve(root, file);
  var exported;
  try {
    exported = require(base);
  } catch (e) {
    var text = 'module initialization error';
    if (e instanceof SyntaxError) {
      text = "Syntax error in module '" + file + "'";
    } else if (e && e.code === 'MODULE_NOT_FOUND') {
      text = "Unable to import module '" + file + "'";
    }
    return done({ text: text, cause: e });
  }
  if (typeof exported[parts[1]] !== 'function') {
    return done({ bare: "Handler '" + parts[1] + "' missing on module '" + file + "'" });
  }
  done(null, exported[parts[1]]);
}

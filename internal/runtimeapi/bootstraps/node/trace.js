// The trace of the event under way, which functions find in their environment.
// The C library keeps every value that a variable ever had, so that many events
// would fill the memory with traces: process.env shows the current one by itself,
// and the process's own environment has one that is a second old at most.
'use strict';

var NAME = '_X_AMZN_TRACE_ID';
var own = process.env;
var shown = false; // by process.env
var current; // undefined: what own has
var next = 0; // when own gets another

// install makes process.env show it, on engines that can.
exports.install = function install() {
  if (typeof Proxy !== 'function') {
    return;
  }
  shown = true;
  process.env = new Proxy(own, {
    get: function (env, name) {
      return name === NAME && current !== undefined ? current : env[name];
    },
    getOwnPropertyDescriptor: function (env, name) {
      var d = Object.getOwnPropertyDescriptor(env, name);
      if (d && name === NAME && current !== undefined) {
        d.value = current;
      }
      return d;
    },
    set: function (env, name, value) {
      if (name === NAME) {
        current = undefined;
      }
      env[name] = value;
      return true;
    },
    deleteProperty: function (env, name) {
      if (name === NAME) {
        current = undefined;
      }
      return delete env[name];
    }
  });
};

// set is called with the trace of each event that has one.
exports.set = function set(trace) {
  var now = Date.now();
  if (!shown || current === undefined || now >= next || next - now > 1000) {
    next = now + 1000;
    own[NAME] = trace;
  }
  current = trace;
};

// The one file that ES5 engines must not see: import() is syntax.
'use strict';

module.exports = (url) => import(url);

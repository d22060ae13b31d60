// Calc adds, subtracts, multiplies or divides two numbers: the function of
// AWS's tutorial on API Gateway and Lambda, in the callback style of its time.
exports.handler = function (event, context, callback) {
  if (event.a === undefined || event.b === undefined || event.op === undefined) {
    callback("400 Invalid Input");
  }

  var res = {};
  res.a = Number(event.a);
  res.b = Number(event.b);
  res.op = event.op;

  if (isNaN(event.a) || isNaN(event.b)) {
    callback("400 Invalid Operand");
  }

  switch (event.op) {
    case "+":
    case "add":
      res.c = res.a + res.b;
      break;
    case "-":
    case "sub":
      res.c = res.a - res.b;
      break;
    case "*":
    case "mul":
      res.c = res.a * res.b;
      break;
    case "/":
    case "div":
      res.c = res.b === 0 ? NaN : res.a / res.b;
      break;
    default:
      callback("400 Invalid Operator");
      break;
  }
  callback(null, res);
};

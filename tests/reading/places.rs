//! What is changed in place, in parts, by methods and by functions, and what is supposed where a file does not say.

use super::{proves, refutes};

/// Rows and slices of numpy are parts of their array.
#[test]
fn a_part_of_an_array_is_changed_with_it() {
    let rows = "import numpy as np\nW, x = np.random.randn(2, 3), np.array([1.0, 0.4, 2.0])\ne = W @ x - np.array([0.1, 0.7])\nloss = 0.5*e @ e\ndW = np.zeros((2, 3))\nfor row, ei in zip(dW, e):\n    row += ei*x\nW -= 0.1*dW\n";
    proves(rows, "W");
    refutes(&rows.replace("row += ei*x", "row += 3*x"), "dW");
    let flat = rows.replace(
        "for row, ei in zip(dW, e):\n    row += ei*x\n",
        "flat = dW.reshape(-1)\nfor k in range(6):\n    flat[k] = e[k//3]*x[k % 3]\n",
    );
    proves(&flat, "W");
    refutes(&flat.replace("x[k % 3]", "x[k//3]"), "dW");
    let slices = "import numpy as np\ntheta, x = np.random.randn(4), np.array([1.0, 0.4, 2.0])\ngrad = np.zeros(4)\ngw, gb = grad[:3], grad[3:]\ne = theta[:3] @ x + theta[3] - 0.5\nloss = 0.5*e**2\ngw[:] = e*x\ngb[:] = e\ntheta -= 0.1*grad\n";
    proves(slices, "theta");
    refutes(&slices.replace("gb[:] = e\n", "gb[:] = -e\n"), "theta");
}

#[test]
fn methods_and_functions_change_what_they_are_given() {
    let rows = "import numpy as np\nE = np.random.randn(6)\nidx = np.array([0, 2, 2, 5])\nh = E[idx]\nloss = 0.5*np.sum(h**2)\ndE = np.zeros(6)\nnp.add.at(dE, idx, h)\nE -= 0.1*dE\n";
    proves(rows, "dE");
    refutes(&rows.replace("np.add.at(dE, idx, h)", "dE[idx] = h"), "dE");
    let torch = "import torch\nX, y = torch.randn(4, 2), torch.randn(4)\nw = torch.zeros(2)\nr = X @ w - y\nloss = (r**2).mean()\ndw = X.T @ r\ndw.mul_(2).div_(4)\nw.sub_(0.1*dw)\n";
    proves(torch, "dw");
    refutes(&torch.replace("div_(4)", "mul_(4)"), "dw");
    refutes(&torch.replace("w.sub_", "w.add_"), "w");
    let out = "import numpy as np\nX, y, w = np.random.randn(4, 2), np.random.randn(4), np.zeros(2)\nr = X @ w - y\nloss = np.sum(r**2)\ndw = X.T @ r\nnp.multiply(dw, 2, out=dw)\nw -= 0.1*dw\n";
    proves(out, "w");
}

/// What is derived after the step of another parameter is so with that as it is by then, where the loss is, too.
#[test]
fn steps_may_be_taken_in_turn() {
    let file = "u, v, x, y = 1.0, 0.5, 0.8, 2.0\nfor k in range(50):\n    loss = (u*v*x - y)**2\n    du = 2*(u*v*x - y)*v*x\n    u -= 0.1*du\n    loss = (u*v*x - y)**2\n    dv = 2*(u*v*x - y)*u*x\n    v -= 0.1*dv\n";
    proves(file, "dv");
    refutes(&file.replace("*u*x\n    v", "*v*x\n    v"), "dv");
    // Where the loss is not, the derivative is too late.
    let once = "u, v, x, y = 1.0, 0.5, 0.8, 2.0\nloss = (u*v*x - y)**2\ndu = 2*(u*v*x - y)*v*x\nu -= 0.1*du\ndv = 2*(u*v*x - y)*u*x\nv -= 0.1*dv\n";
    refutes(once, "dv");
}

#[test]
fn a_bound_is_no_mistake() {
    let file = "x, y, w = 1.5, 2.0, 0.1\nfor k in range(50):\n    e = w*x - y\n    loss = e**2\n    dw = 2*e*x\n    dw = max(min(dw, 1.0), -1.0)\n    w -= 0.1*dw\n";
    proves(file, "w");
    refutes(&file.replace("2*e*x", "2*e"), "dw");
    let branch = file.replace("max(min(dw, 1.0), -1.0)", "dw if abs(dw) < 1 else (1 if dw > 0 else -1)");
    proves(&branch, "dw");
}

/// A batch is derived for its own rows, with the penalty that the file adds to the loss of all rows.
#[test]
fn a_batch_has_the_penalty_of_the_whole() {
    let file = "import numpy as np\nX, y = np.random.randn(6, 2), np.random.randn(6)\nw, b, lam = np.zeros(2), 0.0, 0.1\nfor epoch in range(9):\n    for i in range(0, 6, 2):\n        Xb, yb = X[i:i+2], y[i:i+2]\n        e = Xb @ w + b - yb\n        dw = 2/2*Xb.T @ e + 2*lam*w\n        db = 2/2*e.sum()\n        w -= 0.1*dw\n        b -= 0.1*db\n    loss = np.mean((X @ w + b - y)**2) + lam*np.sum(w**2)\n";
    proves(file, "dw");
    refutes(&file.replace("+ 2*lam*w", "- 2*lam*w"), "dw");
}

#[test]
fn samples_may_be_objects() {
    let file = "class S:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\nclass Net:\n    a, c = 0.3, 1.1\n    def predict(self, x):\n        self.h = self.a*x\n        return self.c*self.h\n    def loss(self, s):\n        return (self.predict(s.x) - s.y)**2\n    def grad(self, s):\n        dh = 2.0*(self.predict(s.x) - s.y)*self.c\n        self.a -= 0.1*dh*s.x\nnet = Net()\nfor s in [S(0.2, 0.5), S(-1.0, 0.1), S(0.7, 0.9)]:\n    net.grad(s)\n    print(net.loss(s))\n";
    proves(file, "dh");
    refutes(&file.replace("s.y)*self.c", "s.y)"), "dh");
}

/// A function may hand back what it is given, moved by a rate of any name.
#[test]
fn a_function_may_take_the_step() {
    let file = "x, y = 2.0, 3.0\ndef mse(w, b):\n    return (w*x + b - y)**2\ndef step(w, b, a):\n    e = w*x + b - y\n    new_w = w - a*2*e*x\n    new_b = b - a*2*e\n    return new_w, new_b\nw, b = 0.1, 0.1\nfor i in range(50):\n    w, b = step(w, b, 0.01)\n    print(mse(w, b))\n";
    proves(file, "new_w");
    refutes(&file.replace("b - a*2*e\n", "b + a*2*e\n"), "new_b");
}

#[test]
fn what_is_added_up_has_to_be_kept_and_set_back() {
    let file = "import numpy as np\nX, y = np.random.randn(5, 3), np.random.randn(5)\nw = np.zeros(3)\nfor epoch in range(50):\n    loss = 0.0\n    grad = np.zeros(3)\n    for x, t in zip(X, y):\n        e = x @ w - t\n        loss += 0.5*e**2\n        grad += e*x\n    w -= 0.01*grad\n";
    proves(file, "w");
    let never = file.replace("    grad = np.zeros(3)\n", "").replace("for epoch", "grad = np.zeros(3)\nfor epoch");
    refutes(&never, "w");
    let replaced = "def cost(w, b, xs, ys):\n    return sum((w*x + b - y)**2 for x, y in zip(xs, ys))\ndef step(w, b, xs, ys, lr):\n    dw, db = 0, 0\n    for i in range(len(xs)):\n        e = w*xs[i] + b - ys[i]\n        dw += 2*e*xs[i]\n        db += 2*e\n    return w - lr*dw, b - lr*db\n";
    proves(replaced, "db");
    refutes(&replaced.replace("db += 2*e", "db = 2*e"), "db");
}

/// A column of a table that is loaded is one, also where a slip leaves other shapes open.
#[test]
fn a_loaded_column_is_one() {
    let file = "import numpy as np\nimport pandas as pd\ndf = pd.read_csv('d.csv')\nx, y = df['x'].values, df['y'].values\nw, b, n = 0.0, 0.0, len(df['x'])\nfor i in range(100):\n    p = w*x + b\n    loss = np.mean((p - y)**2)\n    dw = 2/n*np.sum(x*(p - y))\n    db = 2/n*np.sum(p - y)\n    w = w - 0.01*dw\n    b = b - 0.01*db\n";
    proves(file, "dw");
    refutes(&file.replace("np.sum(x*(p - y))", "np.sum(y*(p - y))"), "dw");
}

/// Where there is one sample, products are outer ones; where there are several, a transpose that is missing shows.
#[test]
fn one_sample_is_supposed_only_where_it_is_meant() {
    let outer = "import numpy as np\ndef train_one(x, y, W1, b1, W2, b2, lr):\n    a1 = np.tanh(W1 @ x + b1)\n    y_hat = W2 @ a1 + b2\n    loss = np.sum((y_hat - y)**2)\n    dy = 2*(y_hat - y)\n    dW2 = np.outer(dy, a1)\n    dz1 = W2.T @ dy*(1 - a1**2)\n    dW1 = np.outer(dz1, x)\n    return W1 - lr*dW1, b1 - lr*dz1, W2 - lr*dW2, b2 - lr*dy\n";
    proves(outer, "dW1");
    refutes(&outer.replace("(1 - a1**2)", "(1 - a1)"), "dz1");
    let several = "import numpy as np\ndef fit(X, y, w, lr, n):\n    for i in range(n):\n        e = X.dot(w) - y\n        loss = np.mean(e**2)\n        w = w - lr*2*X.T.dot(e)/len(y)\n    return w\n";
    proves(several, "w");
    let study = chainrule::python::study(&several.replace("X.T.dot(e)", "X.dot(e)"), None, &[]).unwrap();
    assert!(study.findings.iter().all(|found| found.entry.verdict != chainrule::check::Verdict::Proven), "{study:?}");
}

/// Rows that nothing touches are right where they are left at 0, and hide no others.
#[test]
fn a_row_that_nothing_touches_hides_no_other() {
    let file = "import numpy as np\nE = np.random.randn(3, 2)\ny = np.random.randn(2)\nh = E[1]\nloss = 0.5*np.sum((h - y)**2)\ndE = np.zeros((3, 2))\ndE[1] = h - y\nE -= 0.1*dE\n";
    proves(file, "E");
    refutes(&file.replace("dE[1] = h - y", "dE[1] = 7*h"), "E");
}

/// A file may train several times, and once by some of the rows alone.
#[test]
fn another_training_may_go_by_single_rows() {
    let file = "data = [(1.0, 2.1), (2.0, 3.9), (3.0, 6.2)]\ndef mse(w):\n    return sum((y - w*x)**2 for x, y in data)/len(data)\ndef full(w):\n    grad_w = 0.0\n    for x, y in data:\n        grad_w += -2*x*(y - w*x)\n    return grad_w/len(data)\nw = 0.0\nfor i in range(9):\n    loss = mse(w)\n    w = w - 0.01*full(w)\nw = 0.0\nfor i in range(9):\n    for x, y in data:\n        e = y - w*x\n        w = w - 0.01*(-2*x*e)\n";
    proves(file, "w");
    refutes(&file.replace("-2*x*e)", "-2*e)"), "w");
}

/// What is made of a right derivative of the loss that is written is no derivative for some of its rows.
#[test]
fn filters_are_derived_for_all_places() {
    let file = "import numpy as np\nimage, target = np.random.rand(3, 3), np.random.rand(2, 2, 2)\nK = np.random.rand(2, 2, 2)\nfor step in range(9):\n    out = np.zeros((2, 2, 2))\n    for f in range(2):\n        for i in range(2):\n            for j in range(2):\n                out[f, i, j] = np.sum(image[i:i+2, j:j+2]*K[f])\n    loss = 0.5*np.sum((out - target)**2)\n    d_out = out - target\n    dK = np.zeros_like(K)\n    for f in range(2):\n        for i in range(2):\n            for j in range(2):\n                dK[f] += d_out[f, i, j]*image[i:i+2, j:j+2]\n    K -= 0.01*dK\n";
    proves(file, "dK");
    refutes(&file.replace("dK[f] +=", "dK[f] ="), "dK");
}

//! What is meant by what is written in one of several ways: sums and parameters, parts and wholes, signs and scales.

use chainrule::check::Verdict;

use super::{findings, judged, leaves_open, proves, refutes};

/// What a loop only adds to, and does not read, is a sum, whatever it is made of.
#[test]
fn a_sum_that_starts_anew_is_no_parameter() {
    let file = "w = [0.1, 0.2]\nv = [[0.5, -0.2], [0.7, 0.1]]\nx, t = 1.5, [1.0, 0.0]\nfor epoch in range(100):\n    hid = [w[0]*x, w[1]*x]\n    out = [v[k][0]*hid[0] + v[k][1]*hid[1] for k in range(2)]\n    loss = sum(0.5*(out[k] - t[k])**2 for k in range(2))\n    delta_o = [out[k] - t[k] for k in range(2)]\n    delta_h = []\n    for j in range(2):\n        s = 0.0\n        for k in range(2):\n            s += delta_o[k]*v[k][j]\n        delta_h.append(s)\n    for j in range(2):\n        w[j] -= 0.1*delta_h[j]*x\n";
    proves(file, "delta_h");
    refutes(&file.replace("v[k][j]\n", "v[j][k]\n"), "delta_h");
    // Each round replaces what the one before has found.
    refutes(&file.replace("s += delta", "s = delta"), "delta_h");
    let named = "xs, ys = [0, 1, 2, 3], [2.0, 1.2, 0.75, 0.44]\na = b = 0.5\nfor i in range(500):\n    ga = gb = 0.0\n    S = 0.0\n    for x, y in zip(xs, ys):\n        error = a + b*x - y\n        S += error**2\n        ga += 2*error\n        gb += 2*error*x\n    a -= 0.01*ga\n    b -= 0.01*gb\n";
    proves(named, "a");
    refutes(&named.replace("gb += 2*error*x", "gb += 2*error*y"), "b");
}

/// A sum may start at a parameter that is 0 in the file.
#[test]
fn a_sum_may_start_at_a_parameter() {
    let file = "w, x, b, t = [0.1, 0.4], [0.5, -0.3], [0.0, 0.1], 0.2\nfor epoch in range(100):\n    h = []\n    for j in range(2):\n        s = b[j]\n        for i in range(2):\n            s += w[i]*x[i]\n        h.append(s)\n    loss = 0.5*(h[0] + h[1] - t)**2\n    for j in range(2):\n        b[j] -= 0.1*(h[0] + h[1] - t)\n";
    proves(file, "b");
    refutes(&file.replace("0.1*(h[0] + h[1] - t)", "0.1*(h[0] - h[1] - t)"), "b");
}

/// Where a function adds a penalty to the loss that it has named, that is the loss.
#[test]
fn a_loss_may_get_its_penalty_where_it_is_handed_back() {
    let file = "import numpy as np\nX, y = np.random.randn(4, 2), np.random.randn(4)\ndef objective(w, lam):\n    mse = np.mean((X @ w - y)**2)\n    return mse + lam*np.sum(w**2)\ndef slopes(w, lam):\n    dw = 2*X.T @ (X @ w - y)/len(y) + 2*lam*w\n    return dw\nw, lam = np.zeros(2), 0.1\nfor k in range(50):\n    dw = slopes(w, lam)\n    w -= 0.1*dw\n    print(objective(w, lam))\n";
    proves(file, "dw");
    refutes(&file.replace(" + 2*lam*w", ""), "dw");
    let named = file.replace("objective", "cross_entropy");
    proves(&named, "dw");
    refutes(&named.replace(" + 2*lam*w", ""), "dw");
}

/// A rate below 0 is meant so; a short word for a loss is a word of its own.
#[test]
fn names_and_signs_are_taken_as_they_are_meant() {
    let file = "x, y, w, b = 2.0, 9.0, 0.5, 0.1\nlr = -0.01\nfor i in range(100):\n    p = w*x + b\n    loss = (p - y)**2\n    dw = 2*(p - y)*x\n    w = w + lr*dw\n";
    proves(file, "w");
    refutes(&file.replace("w + lr", "w - lr"), "w");
    let german = "w, daten, ergebnisse = 0.5, [(0.5, 1.0), (1.0, 3.0)], {}\nfor nr in range(1):\n    for runde in range(300):\n        verlust, grad_w = 0.0, 0.0\n        for x, soll in daten:\n            verlust += 0.5*(w*x - soll)**2\n            grad_w += (w*x - soll)*x\n        w -= 0.05*grad_w\n    ergebnisse[nr] = (w, verlust)\n";
    proves(german, "grad_w");
    refutes(&german.replace("(w*x - soll)*x", "(w*x + soll)*x"), "grad_w");
    let adjusted = "import numpy as np\nX, y = np.array([[0, 1.0], [1, 1]]), np.array([[0], [1.0]])\nw = np.random.random((2, 1))\nfor _ in range(9000):\n    a = 1/(1 + np.exp(-np.dot(X, w)))\n    error = y - a\n    adjustments = error*a*(1 - a)\n    w += np.dot(X.T, adjustments)\n";
    proves(adjusted, "w");
}

/// A multiplier goes up the loss, and `profit` goes up where `cost` would be a loss.
#[test]
fn what_goes_up_may_be_meant_so() {
    let saddle = "x, lam = 0.0, 0.0\nfor i in range(2000):\n    L = x**2 + lam*(x - 1)\n    dL_dx = 2*x + lam\n    dL_dlam = x - 1\n    x -= 0.05*dL_dx\n    lam += 0.05*dL_dlam\n";
    proves(saddle, "lam");
    refutes(&saddle.replace("x -= 0.05", "x += 0.05"), "x");
    // What is negative is a likelihood, whatever it is called.
    let chance = "import numpy as np\nX, y = np.random.randn(3, 2), np.array([1.0, 0.0, 1.0])\nw = np.zeros(2)\nfor i in range(200):\n    h = 1/(1 + np.exp(-(X @ w)))\n    loss = np.mean(y*np.log(h) + (1 - y)*np.log(1 - h))\n    grad_w = X.T @ (y - h)/3\n    w = w + 0.1*grad_w\n";
    proves(chance, "w");
    refutes(&chance.replace("(y - h)/3", "(y + h)/3"), "grad_w");
    let profit = "price, c, q = 20.0, 0.3, 1.0\nfor i in range(100):\n    cost = c*q**2\n    profit = price*q - cost\n    dprofit_dq = price - 2*c*q\n    q += 0.1*dprofit_dq\n";
    proves(profit, "dprofit_dq");
}

/// What has the name of a derivative and is a factor of one that is right is a local slope.
#[test]
fn a_factor_of_a_right_derivative_is_none_of_its_own() {
    let file = "x, w, b = 2.0, 3.0, 1.0\nz = w*x + b\nL = z**2\ngrad_z = 2*z\ngrad_w = x\ngrad_W = grad_z*grad_w\n";
    proves(file, "grad_W");
    refutes(&file.replace("grad_z*grad_w", "grad_w"), "grad_w");
}

/// A derivative is the part of a step that adds a decay; the step is wrong where the decay is.
#[test]
fn a_wrong_decay_is_a_mistake_of_the_step() {
    let file = "import numpy as np\nX, y = np.random.rand(5, 2), np.random.rand(5)\nw, b, lam = np.zeros(2), 0.0, 0.1\nfor k in range(50):\n    e = X @ w + b - y\n    loss = np.mean(e**2) + lam*np.sum(w**2)\n    dw = 2*X.T @ e/len(y)\n    w -= 0.01*(dw + 2*lam*w)\n    b -= 0.01*2*np.mean(e)\n";
    proves(file, "w");
    let wrong = file.replace("2*lam*w", "lam*w");
    refutes(&wrong, "w");
    assert!(findings(&wrong).iter().all(|found| found.entry.name != "dw"));
}

/// A penalty that only the derivatives have says nothing against a scale that they share.
#[test]
fn derivatives_with_a_penalty_of_their_own_are_scaled_as_others() {
    let file = "import numpy as np\nX, y = np.random.rand(3, 2), np.random.rand(3)\nv, w, lam = 0.1, np.zeros(2), 0.01\nfor epoch in range(10):\n    e = v + X @ w - y\n    cost = np.sum(e**2)\n    grad_v = 2*np.mean(e)\n    grad_w = 2*X.T @ e/3 + 2*lam*w\n    v -= 0.1*grad_v\n    w -= 0.1*grad_w\n";
    assert_eq!(judged(file, Verdict::Refuted), Vec::<String>::new());
    refutes(&file.replace("2*np.mean(e)", "-2*np.mean(e)"), "grad_v");
}

/// Data of which nothing is known have one axis where they meet number by number.
#[test]
fn data_are_not_spread_over_each_other() {
    let file = "import numpy as np\ndef fit(x, y, lr=0.01):\n    m, b, n = 0, 0, len(x)\n    for i in range(100):\n        error = m*x + b - y\n        loss = np.mean(error**2)\n        dm = 2*np.mean(error*x)\n        db = (2/n)*np.sum(error)\n        m -= lr*dm\n        b -= lr*db\n    return m, b\n";
    proves(file, "db");
    refutes(&file.replace("(2/n)*np.sum", "2*np.sum"), "db");
    refutes(&file.replace("2*np.mean(error*x)", "2*np.mean(error)"), "dm");
}

/// One loss serves all claims of a training, also where the file writes none.
#[test]
fn all_are_derived_of_one_loss() {
    let file = "import numpy as np\nX, y = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.3]]), np.array([1.0, 0.0, 1.0])\nw, b = np.zeros(2), 0\nfor k in range(1000):\n    e = np.dot(X, w) + b - y\n    w -= 0.01*np.dot(X.T, e)\n    b -= 0.01*np.sum(e)\n";
    proves(file, "b");
    refutes(&file.replace("np.sum(e)", "e[-1]"), "b");
    leaves_open(&file.replace("np.sum(e)", "np.mean(e)"), "b");
    // With a loss, what is not scaled as the others is told by it.
    let scaled = "import numpy as np\nX, y = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.3]]), np.array([1.0, 0.0, 1.0])\nu, v, b = 0.1, 0.2, 0.3\nfor k in range(1000):\n    e = u*X[:, 0] + v*X[:, 1] + b - y\n    loss = np.mean(e**2)/2\n    du = np.sum(e*X[:, 0])\n    dv = np.sum(e*X[:, 1])\n    db = np.sum(e)\n    u, v, b = u - 0.1*du, v - 0.1*dv, b - 0.1*db\n";
    proves(scaled, "du");
    refutes(&scaled.replace("db = np.sum(e)", "db = np.mean(e)"), "du");
}

#[test]
fn a_parameter_is_moved_and_not_replaced() {
    let file = "x, y, w, b = 2.0, 3.0, 0.1, 0.0\nfor i in range(100):\n    loss = (w*x + b - y)**2\n    dw = 2*(w*x + b - y)*x\n    db = 2*(w*x + b - y)\n    w = w - 0.01*dw\n    b -= 0.01*db\n";
    proves(file, "b");
    refutes(&file.replace("b -= 0.01", "b = 0.01"), "b");
    // What uses a parameter that the step before it has moved comes too late.
    let late = "import numpy as np\nX, y = np.random.randn(3, 2), np.random.randn(3, 1)\nw, b = np.zeros((2, 1)), 0.0\ndef loss(X, w, b, y):\n    return np.mean((X @ w + b - y)**2)\ndef step(w, b, X, lr):\n    dw, db = 2/3*X.T @ (X @ w + b - y), 2/3*np.sum(X @ w + b - y)\n    w = w - lr*dw\n    b = b - lr*db\n    return w, b\nfor i in range(50):\n    w, b = step(w, b, X, 0.1)\n    print(loss(X, w, b, y))\n";
    proves(late, "b");
    refutes(&late.replace("lr*db", "lr*2/3*np.sum(X @ w + b - y)"), "b");
}

/// The mistake stands where a derivative is added up, and the line is mended there.
#[test]
fn a_sum_is_mended_where_it_is_added_up() {
    let file = "x, y = [1.0, 2.0, 3.0], [2.0, 4.0, 7.0]\nw, b, n = 0.0, 0.0, len(x)\nfor k in range(100):\n    loss = 0\n    grad_w = 0\n    grad_b = 0\n    for i in range(n):\n        e = y[i] - (w*x[i] + b)\n        loss += e**2\n        grad_w += -2*y[i]*e\n        grad_b += -2*e\n    loss = loss/n\n    grad_w /= n\n    grad_b /= n\n    w = w - 0.01*grad_w\n    b = b - 0.01*grad_b\n";
    let found = findings(file).into_iter().find(|found| found.entry.name == "grad_w");
    let mended = found.map(|found| (found.line, found.entry.repair));
    assert_eq!(mended, Some((10, Some("-2*x[i]*e".to_owned()))));
}

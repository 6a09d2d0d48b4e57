//! What belongs to one row, and what to all of them: steps in turns, sums of steps, tables, labels.

use super::{leaves_open, proves, refutes};

/// What is put into a row of an array is in the array.
#[test]
fn a_row_of_an_array_is_a_part_of_it() {
    proves(
        "import numpy as np\nw = 0.5\nP = np.zeros((2, 2))\nP[0][1] = 3*w\nloss = P[0][1]**2\ndw = 2*P[0][1]*3\n",
        "dw",
    );
    let deeper =
        "import numpy as np\nw = 0.5\nP = np.zeros((2, 2, 2))\nP[0][1][1] = 3*w\nloss = P[0, 1, 1]**2\ndw = 18*w\n";
    proves(deeper, "dw");
    refutes(&deeper.replace("18*w", "0*w"), "dw");
}

/// A loop that steps by several places of each round goes through rows, and each round is one of them.
#[test]
fn a_factor_model_goes_through_rows() {
    let file = "import numpy as np\nR, P, Q = np.random.rand(4, 3), np.random.rand(4, 2), np.random.rand(3, 2)\nlr = 0.01\nfor epoch in range(20):\n    for u in range(4):\n        for i in range(3):\n            e = R[u, i] - P[u] @ Q[i]\n            p = P[u].copy()\n            P[u] += lr*e*Q[i]\n            Q[i] += lr*e*p\n";
    proves(file, "P[0]");
    refutes(&file.replace("lr*e*p\n", "lr*e*P[u]\n"), "Q[0]");
    let shared = "import numpy as np\nR, P, q = np.random.rand(4), np.random.rand(4, 2), np.random.rand(2)\nlr = 0.01\nfor epoch in range(20):\n    for u in range(4):\n        error = R[u] - P[u] @ q\n        p = P[u].copy()\n        P[u] += lr*error*q\n        q += lr*error*p\n";
    proves(shared, "q");
    let tuples = "ratings = [(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0)]\nbu, bi, lr, reg = [0.1, 0.2], [0.2, 0.1], 0.01, 0.02\nfor epoch in range(20):\n    for u, i, r in ratings:\n        err = r - bu[u] - bi[i]\n        loss = 0.5*err**2 + 0.5*reg*(bu[u]**2 + bi[i]**2)\n        bu[u] += lr*(err - reg*bu[u])\n        bi[i] += lr*(err - reg*bi[i])\n";
    proves(tuples, "bi[0]");
    refutes(&tuples.replace("err - reg*bi[i]", "err + reg*bi[i]"), "bi[0]");
    // What only counts how far layers go is no step of its own.
    let layers = "import numpy as np\nx, y = np.random.rand(2), np.random.rand(2)\nW = [np.random.rand(2, 2), np.random.rand(2, 2)]\nlr, total = 0.1, 0.0\nfor k in range(9):\n    a = np.tanh(W[0] @ x)\n    e = W[1] @ a - y\n    loss = 0.5*np.sum(e**2)\n    dW = [np.outer((W[1].T @ e)*(1 - a**2), x), np.outer(e, a)]\n    for l in range(2):\n        W[l] -= lr*dW[l]\n        total += lr*np.sum(np.abs(dW[l]))\n";
    refutes(&layers.replace("np.outer(e, a)", "np.outer(e, x)"), "W[1]");
}

/// The loss of one sample ends with its penalty, where a loop adds the next sample.
#[test]
fn a_sample_has_a_loss_with_its_penalty() {
    let file = "import numpy as np\nR, P, Q = np.array([[5, 3], [4, 1]]), np.random.rand(2, 2), np.random.rand(2, 2)\nalpha, beta = 0.0002, 0.02\nfor step in range(100):\n    for i in range(2):\n        for j in range(2):\n            eij = R[i][j] - np.dot(P[i, :], Q[:, j])\n            p = P[i].copy()\n            for k in range(2):\n                P[i][k] = P[i][k] + alpha*(2*eij*Q[k][j] - beta*P[i][k])\n                Q[k][j] = Q[k][j] + alpha*(2*eij*p[k] - beta*Q[k][j])\n    e = 0\n    for i in range(2):\n        for j in range(2):\n            e = e + pow(R[i][j] - np.dot(P[i, :], Q[:, j]), 2)\n            for k in range(2):\n                e = e + (beta/2)*(pow(P[i][k], 2) + pow(Q[k][j], 2))\n";
    proves(file, "P");
    refutes(&file.replace("- beta*P[i][k]", "+ beta*P[i][k]"), "P");
}

/// A step that is taken in some rounds only is looked at, and how far it goes is known in no other way.
#[test]
fn a_step_is_taken_in_turns() {
    let file = "xs, ys = [0.5, 1.0, 1.5, 2.0], [1.0, 2.0, 2.5, 4.0]\nw, b, lr, batch = 1.0, 0.1, 0.1, 2\nfor epoch in range(100):\n    gw = gb = count = 0\n    for x, y in zip(xs, ys):\n        e = w*x + b - y\n        loss = e**2\n        count += 1\n        gw += 2*e*x\n        gb += 2*e\n        if count == batch:\n            w = w - lr*gw/batch\n            b = b - lr*gb/batch\n            gw = gb = count = 0\n";
    proves(file, "w");
    refutes(&file.replace("w - lr*gw", "w + lr*gw"), "w");
    refutes(&file.replace("gb += 2*e\n", "gb += 2*e*x\n"), "b");
    // The last round takes the step along the loss of all rows.
    let last = "import numpy as np\nX, Y = np.array([[0.5, 1.0], [1.5, -0.3], [0.2, 0.8]]), np.array([1.0, 0.0, 0.5])\nw, lr, n = np.zeros(2), 0.1, 3\nfor epoch in range(100):\n    gw, loss = np.zeros(2), 0.0\n    for i in range(n):\n        e = X[i] @ w - Y[i]\n        loss += e**2/n\n        gw += 2*e*X[i]/n\n        if i == n - 1:\n            w -= lr*gw\n";
    proves(last, "w");
    refutes(&last.replace("gw += 2", "gw += -2"), "w");
    // Labels are no turns.
    let labels = "data = [(0.5, 1.0, 1), (1.5, -0.3, 0)]\nw0, w1, lr = 0.1, 0.2, 0.1\nfor k in range(9):\n    for x0, x1, label in data:\n        loss = (w0*x0 + w1*x1 - label)**2\n        e = 2*(w0*x0 + w1*x1 - label)\n        if label == 1:\n            w0 = w0 - lr*e*x0\n        if label == 0:\n            w1 = w1 - lr*e*x1\n";
    proves(labels, "w0");
}

/// A loop that takes a step by each of some computed numbers steps by their sum.
#[test]
fn steps_by_each_number_are_one_step() {
    let file = "import numpy as np\nX, y = np.array([[0, 1], [0, 0], [1, 0]]), np.array([[1], [0], [0]])\nw, b, lr = np.random.rand(2, 1), np.random.rand(1), 0.05\nfor epoch in range(900):\n    z = 1/(1 + np.exp(-(np.dot(X, w) + b)))\n    z_delta = (z - y)*z*(1 - z)\n    w -= lr*np.dot(X.T, z_delta)\n    for num in z_delta:\n        b -= lr*num\n";
    proves(file, "b");
    refutes(&file.replace("b -= lr*num", "b += lr*num"), "b");
    let placed = file.replace(
        "for num in z_delta:\n        b -= lr*num",
        "for i in range(len(z_delta)):\n        b -= lr*z_delta[i]",
    );
    proves(&placed, "b");
}

/// A step for each row is along the loss of that row, of which the file may write only the mean of all.
#[test]
fn a_step_for_a_row_is_along_a_term_of_the_mean() {
    let file = "import numpy as np\ndef hinge_loss(X, y, w, b, lam):\n    return lam*np.sum(w**2) + np.mean(np.maximum(0, 1 - y*(np.dot(X, w) + b)))\nX, y = np.array([[1, 2], [2, 3], [4, 5]]), np.array([1, 1, -1])\nw, b, lr, lam = np.zeros(2), 0, 0.001, 0.01\nfor k in range(1000):\n    for i in range(len(X)):\n        if y[i]*(np.dot(X[i], w) + b) >= 1:\n            w -= lr*(2*lam*w)\n        else:\n            w -= lr*(2*lam*w - y[i]*X[i])\n            b += lr*y[i]\n    print(hinge_loss(X, y, w, b, lam))\n";
    proves(file, "w");
    refutes(&file.replace("b += lr*y[i]", "b -= lr*y[i]"), "b");
    // Of a batch, the mean is that of its rows.
    let whole = "import numpy as np\nX, y, w, lr = np.random.rand(6, 2), np.random.rand(6), np.zeros(2), 0.1\nfor k in range(9):\n    loss = np.mean(np.maximum(0, 1 - y*(X @ w)))\n    w += lr*y[0]*X[0]*(y[0]*(X[0] @ w) < 1)\n";
    refutes(whole, "w");
}

/// Labels of several classes may stay what they are where they stand in a logarithm with the chances.
#[test]
fn labels_are_ones_among_zeros() {
    let file = "import numpy as np\nX, Y = np.random.rand(2, 4), np.eye(3)[:, [0, 2, 1, 0]]\nW = np.random.randn(3, 2)\nfor i in range(100):\n    s = W @ X\n    P = np.exp(s)/np.sum(np.exp(s), axis=0)\n    loss = -np.sum(np.log(np.sum(Y*P, axis=0)))\n    grad_W = -(Y - P) @ X.T\n    W -= 0.1*grad_W\n";
    proves(file, "grad_W");
    refutes(&file.replace("-(Y - P)", "(Y + P)"), "grad_W");
}

/// What a loop before has trained is free again; what the same round has moved is not.
#[test]
fn a_loop_goes_on_from_what_another_has_trained() {
    let file = "import numpy as np\nX, y, w, b, lr = np.random.rand(8, 2), np.random.rand(8), np.zeros(2), 0.0, 0.1\nfor k in range(10):\n    w -= lr*X.T @ (X @ w + b - y)\nfor k in range(10):\n    b -= lr*np.sum(X @ w + b - y)\nloss = 0.5*np.sum((X @ w + b - y)**2)\n";
    proves(file, "b");
    refutes(&file.replace("np.sum(X @ w + b - y)\n", "-np.sum(X @ w + b - y)\n"), "b");
    refutes(&file.replace("for k in range(10):\n    b", "    b"), "b");
}

/// What is right for the rows of a batch is no part of the loss of all that is printed.
#[test]
fn a_batch_is_trained_and_all_are_told() {
    let file = "import numpy as np\nX, T, V, W, lr = np.random.randn(4, 1), np.random.randn(4, 1), np.random.randn(1, 2), np.random.randn(2, 1), 0.1\ndef predict(x):\n    return np.tanh(x @ V) @ W\nfor k in range(9):\n    for j in range(2):\n        x, t = X[2*j:2*j + 2], T[2*j:2*j + 2]\n        h = np.tanh(x @ V)\n        delta = h @ W - t\n        grad_W = h.T @ delta\n        grad_V = x.T @ ((delta @ W.T)*(1 - h**2))\n        W -= lr*grad_W\n        V -= lr*grad_V\n    error = 0.5*np.sum((predict(X) - T)**2)\n";
    proves(file, "grad_V");
    refutes(&file.replace("(1 - h**2)", "(1 - h)"), "grad_V");
}

/// The loss of one row is not scaled as that of all is.
#[test]
fn a_term_of_a_row_is_no_derivative_of_the_mean() {
    let file = "import numpy as np\nx, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 5.0])\nw, b, m = 0, 0, 3\nfor k in range(100):\n    dw = db = 0\n    for i in range(m):\n        f = w*x[i] + b\n        partial_w = (f - y[i])*x[i]\n        partial_b = f - y[i]\n        dw += partial_w\n        db += partial_b\n    dw /= m\n    db /= m\n    w = w - 0.01*dw\n    b = b - 0.01*db\n";
    proves(file, "dw");
    leaves_open(&file.replace("    db /= m\n", ""), "db");
}

/// A sum that is divided later under another name does not make others scaled.
#[test]
fn what_is_divided_later_says_nothing_of_the_scale() {
    let file = "import numpy as np\nX, y, w, b = np.random.rand(3, 2), np.random.rand(3), np.zeros(2), 0.0\nfor k in range(100):\n    e = X @ w + b - y\n    cost = np.mean(e**2)/2\n    dj_w = X.T @ e\n    dj_dw = dj_w/3\n    dj_db = e.mean()\n    w = w - 0.01*dj_dw\n    b = b - 0.01*dj_db\n";
    proves(file, "dj_dw");
    refutes(&file.replace("e.mean()", "e.sum()"), "dj_db");
    // Where one step takes the factor away, so do the others.
    let steps = "import numpy as np\nX, y, w, b, N, lr = np.random.rand(3, 2), np.random.rand(3), np.zeros(2), 0.0, 3, 0.1\nfor k in range(100):\n    e = X @ w + b - y\n    loss = np.sum(e**2)/(2*N)\n    grad_w = X.T @ e\n    grad_b = np.sum(e)\n    w -= lr*grad_w/N\n    b -= lr*grad_b/N\n";
    proves(steps, "b");
    refutes(&steps.replace("lr*grad_b/N", "lr*grad_b"), "b");
}

/// A rate may be as small as a guard; in a logarithm what is added guards it.
#[test]
fn small_numbers_are_rates_or_guards() {
    let file = "x, y, w, lr = [1.0, 2.0], [2.0, 3.0], 0.1, 1e-7\nfor k in range(100):\n    loss = sum((w*a - b)**2 for a, b in zip(x, y))\n    g = sum(2*(w*a - b)*a for a, b in zip(x, y))\n    w = w - lr*g\n";
    proves(file, "w");
    refutes(&file.replace("lr*g", "lr*lr*g"), "w");
    let guarded = "import numpy as np\nX, y, w = np.random.rand(5, 2), np.array([1, 0, 1, 1, 0]), np.zeros(2)\nepsilon = 1e-5\nfor k in range(9):\n    h = 1/(1 + np.exp(-X @ w))\n    cost = -np.mean(y*np.log(h + epsilon) + (1 - y)*np.log(1 - h + 1e-5))\n    dw = X.T @ (h - y)/5\n    w -= 0.1*dw\n";
    proves(guarded, "dw");
    refutes(&guarded.replace("(h - y)", "(h - y*h)"), "dw");
}

/// A gradient that no loss has the name of is of the one that has no other.
#[test]
fn each_loss_has_its_own_gradient() {
    let file = "import numpy as np\ndef mse(p, t):\n    return np.mean((p - t)**2)\ndef mse_gradient(p, t):\n    return 2*(p - t)/len(p)\ndef binary_cross_entropy(p, t):\n    return -np.mean(t*np.log(p) + (1 - t)*np.log(1 - p))\ndef bce_gradient(p, t):\n    return (-t/p + (1 - t)/(1 - p))/len(p)\n";
    proves(file, "bce_gradient");
    refutes(&file.replace("-t/p + (1 - t)", "-t/p - (1 - t)"), "bce_gradient");
}

/// A penalty that one function derives does not excuse another that does not.
#[test]
fn a_penalty_is_derived_where_its_loss_is() {
    let file = "import numpy as np\ndef first(W, X, y, reg):\n    e = X @ W - y\n    loss = np.sum(e**2)\n    loss += reg*np.sum(W*W)\n    dW = 2*X.T @ e\n    dW += 2*reg*W\n    return loss, dW\ndef second(W, X, y, reg):\n    e = X @ W - y\n    loss = np.sum(e*e) + reg*np.sum(W*W)\n    dW = 2*X.T @ e + 2*reg*W\n    return loss, dW\nX, y, W = np.random.rand(4, 2), np.random.rand(4), np.random.rand(2)\nfirst(W, X, y, 0.1)\nsecond(W, X, y, 0.1)\n";
    proves(file, "dW");
    refutes(&file.replace("2*X.T @ e + 2*reg*W", "2*X.T @ e"), "dW");
}

/// What is made of right numbers and subtracted is no step; and of a loss that no derivative is of, nothing is wrong.
#[test]
fn what_has_no_loss_of_its_own_is_left_open() {
    let made = "xs, ys, a, c, lr = [0.5, 1.5, -0.7], [0.1, 0.9, 0.3], 0.3, 0.2, 0.05\nfor k in range(100):\n    loss = ga = gc = 0.0\n    for x, y in zip(xs, ys):\n        s = a*x\n        s -= c\n        e = s - y\n        loss += e**2\n        ga += 2*e*x\n        gc -= 2*e\n    a -= lr*ga\n    c -= lr*gc\n";
    proves(made, "a");
    let shapes = "import numpy as np\nX, y, lr = np.random.rand(3, 2), np.random.rand(3, 1), 0.1\nV, W, b = np.random.rand(2, 4), np.random.rand(4, 1), np.zeros((1, 1))\nfor k in range(9):\n    h = np.tanh(X @ V)\n    e = y - (h @ W + b)\n    hidden = e @ W.T*(1 - h**2)\n    W += h.T @ e*lr\n    b += np.sum(hidden, axis=0, keepdims=True)*lr\n    V += X.T @ hidden*lr\n";
    leaves_open(shapes, "b");
}

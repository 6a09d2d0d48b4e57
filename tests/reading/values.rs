//! Which numbers a proof holds for: constants and their side, targets that add up, what may stay as it is.

use super::{proves, refutes};

const LEAKY: &str = "def act(z, alpha=0.01):\n    return z if z > 0 else alpha*z\ndef slope(z, alpha=0.01):\n    return 1 if z > 0 else alpha\n\
                     x, y, w1, w2 = 1.0, 2.0, 0.5, 0.3\nz1 = w1*x\na1 = act(z1)\nz2 = w2*a1\na2 = act(z2)\nloss = (a2 - y)**2\n\
                     dz2 = 2*(a2 - y)*slope(z2)\ndw2 = dz2*a1\ndw1 = dz2*w2*slope(z1)*x\n";

/// A default, and what a function sets, is one number however often the function runs.
#[test]
fn a_constant_is_one_number_wherever_it_is_given() {
    proves(LEAKY, "dw1");
    refutes(&LEAKY.replace("slope(z1)*x", "slope(a1)*x*w1"), "dw1");
    let set = LEAKY.replace(", alpha=0.01):\n", "):\n    alpha = 0.01\n");
    proves(&set, "dw1");
    refutes(&set.replace("else alpha\n", "else 2*alpha\n"), "dz2");
}

/// What is handed out is another number each time.
#[test]
fn what_a_function_hands_out_is_another_number_each_time() {
    let file = "def neuron():\n    w = 0.5\n    b = 0.0\n    return [w, b]\nh, o = neuron(), neuron()\nx, t = 2.0, 1.0\nfor k in range(9):\n    a = h[0]*x + h[1]\n    \
                y = o[0]*a + o[1]\n    loss = (y - t)**2\n    dy = 2*(y - t)\n    db_o = dy\n    db_h = dy*o[0]\n    o[1] -= 0.1*db_o\n    h[1] -= 0.1*db_h\n";
    proves(file, "h[1]");
    refutes(&file.replace("h[1] -= 0.1*db_h", "h[1] -= 0.1*db_o"), "h[1]");
}

/// A constant stays on its side of 0 and of 1: a border of -1 says nothing of one of 1.
#[test]
fn a_constant_stays_on_its_side() {
    let huber = "import numpy as np\nx = np.array([1.0, 2.0])\ny = np.array([0.5, 3.0])\nw, d = 0.3, 1.0\nr = w*x - y\n\
                 loss = np.sum(np.where(np.abs(r) <= d, 0.5*r**2, d*(np.abs(r) - 0.5*d)))\ndw = np.sum(np.clip(r, -d, d)*x)\n";
    proves(huber, "dw");
    refutes(&huber.replace("np.clip(r, -d, d)*x", "np.clip(r, -1, d)*x"), "dw");
    let leaky = "x, y, w, alpha = 1.5, 0.4, 0.3, 0.1\nz = w*x\nh = max(alpha*z, z)\nloss = (h - y)**2\ndw = 2*(h - y)*(1 if z > 0 else alpha)*x\n";
    proves(leaky, "dw");
    refutes(&leaky.replace("else alpha", "else 0"), "dw");
}

/// Where a constant is written again without its name, it is meant as it is.
#[test]
fn a_constant_that_is_written_again_is_meant_as_it_is() {
    let file = "def model(w, t):\n    g = 9.81\n    return w*g*t\nt, y, w = 1.5, 0.4, 0.3\nloss = (model(w, t) - y)**2\ndw = 2*(model(w, t) - y)*9.81*t\n";
    proves(file, "dw");
    refutes(&file.replace("y)*9.81*t", "y)*9.81"), "dw");
}

#[test]
fn targets_in_lists_add_up_to_1() {
    let file = "from math import exp, log\nz = [0.1, 0.4, -0.2]\ny = [0, 1, 0]\ne = [exp(v) for v in z]\np = [v/sum(e) for v in e]\n\
                loss = -sum(yi*log(pi) for yi, pi in zip(y, p))\ndz = [pi - yi for pi, yi in zip(p, y)]\n";
    proves(file, "dz");
    proves(&file.replace("y = [0, 1, 0]", "y = [0.2, 0.5, 0.3]"), "dz");
    refutes(&file.replace("[pi - yi for", "[yi - pi for"), "dz");
}

#[test]
fn labels_in_a_table_are_what_they_are() {
    let file = "from math import exp, log\ndata = [(0.5, 1), (1.2, 0)]\nw = 0.1\nfor x, y in data:\n    p = 1/(1 + exp(-w*x))\n    \
                loss = -(y*log(p) + (1 - y)*log(1 - p))\n    if y == 1:\n        dw = (p - 1)*x\n    else:\n        dw = p*x\n    w -= 0.1*dw\n";
    proves(file, "dw");
    refutes(&file.replace("(p - 1)*x", "(p - 1)"), "dw");
}

/// A mask of zeros and ones is its own square.
#[test]
fn a_mask_may_stay_one() {
    let file = "import numpy as np\nM = np.array([[1., 0.], [1., 1.], [0., 1.]])\nR = np.random.rand(3, 2)\nP = np.random.rand(3, 2)\nQ = np.random.rand(2, 2)\n\
                E = M*(R - P @ Q.T)\nloss = np.sum(E**2)\ndP = -2*E @ Q\ndQ = -2*E.T @ P\n";
    proves(file, "dP");
    refutes(&file.replace("dQ = -2*E.T @ P", "dQ = 2*E.T @ P"), "dQ");
}

/// An exponent that is derived by is as free as any other number.
#[test]
fn an_exponent_may_be_derived_by() {
    let file = "import math\nx, y, a, p = 2.0, 5.0, 1.0, 1.3\nloss = (a*x**p - y)**2\nda = 2*(a*x**p - y)*x**p\ndp = 2*(a*x**p - y)*a*x**p*math.log(x)\n";
    proves(file, "dp");
    refutes(&file.replace("*math.log(x)", "*math.log(a)"), "dp");
}

/// A sum that is forgotten shows in the shape.
#[test]
fn a_derivative_has_the_shape_of_what_it_is_by() {
    let file = "import numpy as np\nX = np.random.randn(6, 2)\ny = np.random.randn(6)\nw, b = np.zeros(2), 0.0\nfor i in range(9):\n    e = X @ w + b - y\n    \
                loss = np.mean(e**2)\n    dw = 2*X.T @ e/6\n    db = 2*np.sum(e)/6\n    w = w - 0.1*dw\n    b = b - 0.1*db\n";
    proves(file, "db");
    refutes(&file.replace("2*np.sum(e)/6", "2*e/6"), "db");
    // What is averaged later is no mistake.
    let each = file.replace("db = 2*np.sum(e)/6", "db = 2*e").replace("b - 0.1*db", "b - 0.1*db.mean()");
    proves(&each, "b");
}

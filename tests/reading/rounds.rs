//! What is another number in each round, what a loop goes on with, and which way its steps go.

use chainrule::check::Verdict;
use chainrule::python::study;

use super::{proves, refutes};

/// The first row of the data is none that everything must hold for alone.
#[test]
fn what_a_loop_goes_through_is_another_number_each_time() {
    let rows = "w, b = 0.3, 0.1\nfor x, t in [(1.0, 2.0), (2.0, 5.0)]:\n    e = w*x + b - t\n    loss = e**2\n    dw = 2*e*x\n    db = 2*e\n    w -= 0.1*dw\n    b -= 0.1*db\n";
    proves(rows, "dw");
    refutes(&rows.replace("dw = 2*e*x", "dw = 2*e"), "dw");
    let ramp = "w, x = 0.3, 1.5\nfor lam in [0.0, 0.1, 0.2]:\n    loss = (w*x - 1)**2 + lam*w**2\n    dw = 2*(w*x - 1)*x + 2*lam*w\n    w -= 0.1*dw\n";
    proves(ramp, "dw");
    refutes(&ramp.replace("+ 2*lam*w", "- 5*lam*w"), "dw");
    let counted = "w, x = 0.3, 1.5\nfor t in range(10):\n    beta = min(1.0, t/5)\n    loss = (w*x - 1)**2 + beta*w**2\n    dw = 2*(w*x - 1)*x + 2*beta*w\n    w -= 0.1*dw\n";
    proves(counted, "dw");
    refutes(&counted.replace("2*beta*w", "beta*w"), "dw");
}

/// Parameters that start from one number are no longer one once they are stepped.
#[test]
fn parameters_may_start_from_one_number() {
    let file = "x, t = 2.0, 1.0\nfor start in (0.1, 0.5):\n    w = b = start\n    for k in range(9):\n        e = w*x + b - t\n        loss = e**2\n        w, b = w - 0.1*2*e*x, b - 0.1*2*e\n";
    proves(file, "b");
    refutes(&file.replace("b - 0.1*2*e\n", "b + 0.1*2*e\n"), "b");
}

/// A loop that goes on with a state is gone through as often as it runs.
#[test]
fn a_simulation_is_no_training() {
    let file = "k, v0, dt, y = 0.7, 2.0, 0.1, 1.0\nv = v0\nfor s in range(3):\n    v = v - dt*k*v\nloss = (v - y)**2\ndk = 2*(v - y)*v0*3*(1 - k*dt)**2*(-dt)\n";
    proves(file, "dk");
    refutes(&file.replace("*3*(1 - k*dt)**2", ""), "dk");
}

/// What is added as it is, is a change; what Newton divides by, and a mean that follows, is no derivative and no step.
#[test]
fn changes_second_derivatives_and_means_are_no_claims() {
    let momentum = "w, x, y, delta_w = 0.3, 1.5, 0.4, 0.0\nfor k in range(4):\n    loss = (w*x - y)**2\n    grad_w = 2*(w*x - y)*x\n    delta_w = 0.9*delta_w - 0.1*grad_w\n    w = w + delta_w\n";
    proves(momentum, "w");
    refutes(&momentum.replace("- 0.1*grad_w", "+ 0.1*grad_w"), "w");
    let newton = "w = 2.0\nfor k in range(6):\n    loss = w**4 - 3*w\n    dw = 4*w**3 - 3\n    ddw = 12*w**2\n    w = w - dw/ddw\n";
    proves(newton, "dw");
    refutes(&newton.replace("4*w**3 - 3", "4*w**3 + 3"), "dw");
    let mean = "x, w, avg = 1.2, 0.3, 0.0\nfor t in range(1, 4):\n    r = 1 - (w*x - 1)**2\n    avg += (r - avg)/t\n    loss = -(r - avg)\n    dw = 2*(w*x - 1)*x\n    w -= 0.1*dw\n";
    proves(mean, "dw");
    refutes(&mean.replace("2*(w*x - 1)*x", "2*(w*x - 1)"), "dw");
}

/// Steps over the items of a dictionary, of what a function around keeps, and with the rate first.
#[test]
fn steps_are_known_where_they_have_other_names() {
    let items = "W = {'a': 0.1, 'b': 0.4}\nfor t in range(3):\n    do = W['a']*2.0 + W['b'] - 1.0\n    loss = do**2/2\n    G = {'a': do*2.0, 'b': do}\n    for k, v in W.items():\n        W[k] = v - 0.1*G[k]\n";
    proves(items, "b");
    refutes(&items.replace("'b': do}", "'b': -do}"), "b");
    let anew = items
        .replace("for k, v in W.items():\n        W[k] = v - 0.1*G[k]", "W = {k: v - 0.1*G[k] for k, v in W.items()}");
    proves(&anew, "a");
    refutes(&anew.replace("v - 0.1", "v + 0.1"), "a");
    let kept = "def make(w, b):\n    def train(x, y):\n        nonlocal w, b\n        e = w*x + b - y\n        loss = e**2\n        dw = 2*e*x\n        w -= 0.1*dw\n        b -= 0.1*2*e\n        return loss\n    \
                return train\nstep = make(0.5, 0.0)\nfor x, y in [(0.5, 0.2), (1.0, 0.6)]:\n    print(step(x, y))\n";
    proves(kept, "w");
    refutes(&kept.replace("w -= 0.1*dw", "w += 0.1*dw"), "w");
    let first = "w, x, y = 0.3, 1.5, 0.4\nfor k in range(9):\n    loss = (w*x - y)**2\n    dw = 2*(w*x - y)*x\n    w = -0.1*dw + w\n";
    proves(first, "w");
    refutes(&first.replace("-0.1*dw", "0.1*dw"), "w");
}

/// A memory of the derivative by another parameter.
#[test]
fn a_memory_may_be_of_another_derivative() {
    let file = "w, b, vw, vb, x, y = 0.3, 0.1, 0.0, 0.0, 1.5, 0.4\nfor k in range(3):\n    e = w*x + b - y\n    loss = e**2\n    dw = 2*e*x\n    db = 2*e\n    vw = 0.9*vw + dw\n    vb = 0.9*vb + db\n    w -= 0.1*vw\n    b -= 0.1*vb\n";
    proves(file, "b");
    refutes(&file.replace("vb = 0.9*vb + db", "vb = 0.9*vb + dw"), "b");
}

/// What a step and the line that it uses are wrong by, each for itself.
#[test]
fn a_step_is_judged_by_what_the_mended_line_gives() {
    let file = "w, x, t = 0.5, 3.0, 2.0\nfor i in range(10):\n    y = w*x\n    L = (y - t)**2\n    dw = 2*(w*x - t)\n    w = w + 0.1*dw\n";
    let told = |file: &str| {
        let study = study(file, None, &[]).unwrap();
        let repair = |found: &chainrule::python::Finding| found.entry.repair.clone();
        study.findings.iter().map(repair).collect::<Vec<_>>()
    };
    assert_eq!(told(file), [Some("2*(w*x - t) * x".to_owned()), Some("w - 0.1*dw".to_owned())]);
    // The sign of a derivative that its step turns back is its author's.
    assert_eq!(told(&file.replace("w*x - t)", "t - y)")), [Some("2*(t - y) * x".to_owned()), None]);
    let turned = file.replace("2*(w*x - t)", "2*(t - y)*x");
    assert!(study(&turned, None, &[]).unwrap().findings.iter().all(|found| found.entry.verdict == Verdict::Proven));
}

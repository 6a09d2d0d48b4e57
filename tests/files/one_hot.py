import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 2))
labels = np.array([0, 2, 1])
n_examples = len(X)
T = np.eye(3)[labels]

W1 = rng.normal(size=(2, 2)) * 0.1
b1 = np.zeros(2)
W2 = rng.normal(size=(2, 3)) * 0.1
b2 = np.zeros(3)
step_size = 0.05

for epoch in range(500):
    # forward
    pre = X @ W1 + b1
    hid = np.maximum(pre, 0)
    scores = hid @ W2 + b2
    exp_scores = np.exp(scores)
    probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    loss = -np.sum(T * np.log(probs)) / n_examples

    # backward
    dscores = (probs - T) / n_examples
    dW2 = hid.T @ dscores
    db2 = dscores.sum(axis=0)
    dhid = dscores @ W2.T
    dpre = dhid * (pre > 0)
    dW1 = X.T @ dpre
    db1 = dpre.sum(axis=0)

    W1 -= step_size * dW1
    b1 -= step_size * db1
    W2 -= step_size * dW2
    b2 -= step_size * db2

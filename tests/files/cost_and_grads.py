import numpy as np

# rows are examples
X = np.array([[0.2, 1.1], [1.4, -0.3], [-0.7, 0.5], [0.9, 0.8]])
Y = np.array([[1], [0], [1], [0]])


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def forward(w, b, X):
    return sigmoid(np.dot(X, w) + b)


def compute_cost(A, Y):
    n_rows = Y.shape[0]
    return -(1 / n_rows) * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def compute_grads(A, X, Y):
    n_rows = X.shape[0]
    dw = (1 / n_rows) * np.dot(X.T, A - Y)
    db = (1 / n_rows) * np.sum(A - Y)
    return dw, db


w = np.zeros((2, 1))
b = 0.0
alpha = 0.5
costs = []
for it in range(200):
    A = forward(w, b, X)
    cost = compute_cost(A, Y)
    dw, db = compute_grads(A, X, Y)
    w = w - alpha * dw
    b = b - alpha * db
    if it % 50 == 0:
        costs.append(cost)
print(costs)

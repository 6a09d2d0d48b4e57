import numpy as np

# columns are examples
X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.4]])
Y = np.array([[1, 0, 1]])


def initialize(n_x, n_h, n_y):
    return {
        "W1": np.random.randn(n_h, n_x) * 0.01,
        "b1": np.zeros((n_h, 1)),
        "W2": np.random.randn(n_y, n_h) * 0.01,
        "b2": np.zeros((n_y, 1)),
    }


def forward_propagation(X, params):
    Z1 = np.dot(params["W1"], X) + params["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(params["W2"], A1) + params["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def backward_propagation(params, cache, X, Y):
    m = X.shape[1]
    grads = {}
    dZ2 = cache["A2"] - Y
    grads["dW2"] = np.dot(dZ2, cache["A1"].T) / m
    grads["db2"] = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(params["W2"].T, dZ2) * (1 - np.power(cache["A1"], 2))
    grads["dW1"] = np.dot(dZ1, X.T) / m
    grads["db1"] = np.sum(dZ1, axis=1, keepdims=True) / m
    return grads


params = initialize(2, 4, 1)
for i in range(1000):
    cache = forward_propagation(X, params)
    cost = -np.mean(Y * np.log(cache["A2"]) + (1 - Y) * np.log(1 - cache["A2"]))
    grads = backward_propagation(params, cache, X, Y)
    for key in params:
        params[key] = params[key] - 1.2 * grads["d" + key]

import numpy as np

# columns are examples
X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.4]])
Y = np.array([[1, 0, 1]])
m = X.shape[1]

W1 = np.random.randn(2, 2) * 0.5
b1 = np.zeros((2, 1))
W2 = np.random.randn(1, 2) * 0.5
b2 = np.zeros((1, 1))

for i in range(1000):
    cache = {}
    cache["Z1"] = np.dot(W1, X) + b1
    cache["A1"] = np.tanh(cache["Z1"])
    cache["Z2"] = np.dot(W2, cache["A1"]) + b2
    cache["A2"] = 1 / (1 + np.exp(-cache["Z2"]))
    cost = -np.mean(Y * np.log(cache["A2"]) + (1 - Y) * np.log(1 - cache["A2"]))

    grads = {}
    grads["dZ2"] = (cache["A2"] - Y) / m
    grads["dW2"] = np.dot(grads["dZ2"], cache["A1"].T)
    grads["db2"] = np.sum(grads["dZ2"], axis=1, keepdims=True)
    grads["dA1"] = np.dot(W2.T, grads["dZ2"])
    grads["dZ1"] = grads["dA1"] * (1 - np.power(cache["A1"], 2))
    grads["dW1"] = np.dot(grads["dZ1"], X.T)
    grads["db1"] = np.sum(grads["dZ1"], axis=1, keepdims=True)

    W1 = W1 - 1.2 * grads["dW1"]
    b1 = b1 - 1.2 * grads["db1"]
    W2 = W2 - 1.2 * grads["dW2"]
    b2 = b2 - 1.2 * grads["db2"]

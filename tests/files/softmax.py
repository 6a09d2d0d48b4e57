import numpy as np
X = np.array([[1.0, 2.0, 3.0],[0.5,-1,2]])
Y = np.array([[1, 0, 0],[0,0,1]])
W = np.random.randn(3, 3)
b = np.zeros((1,3))
def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)
for i in range(100):
    Z = X @ W + b
    P = softmax(Z)
    loss = -np.mean(np.sum(Y * np.log(P + 1e-9), axis=1))
    dZ = (P - Y) / X.shape[0]
    dW = X.T @ dZ
    db = dZ.sum(axis=0, keepdims=True)
    W -= 0.1 * dW
    b -= 0.1 * db

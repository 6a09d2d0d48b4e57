import numpy as np

np.random.seed(3)
slope = 0.1
X = np.random.randn(3, 2)
target = np.random.randn(3, 1)
W1 = np.random.randn(2, 2) * 0.5
b1 = np.zeros((1, 2))
W2 = np.random.randn(2, 1) * 0.5
b2 = np.zeros((1, 1))
lr = 0.05


def leaky(z):
    return np.where(z > 0, z, slope * z)


def leaky_grad(z):
    return np.where(z > 0, 1.0, slope)


for epoch in range(300):
    Z1 = X @ W1 + b1
    A1 = leaky(Z1)
    out = A1 @ W2 + b2
    diff = out - target
    loss = np.mean(diff ** 2)

    d_out = 2 * diff / diff.size
    d_W2 = A1.T @ d_out
    d_b2 = np.sum(d_out, axis=0, keepdims=True)
    d_A1 = d_out @ W2.T
    d_Z1 = d_A1 * leaky_grad(Z1)
    d_W1 = X.T @ d_Z1
    d_b1 = np.sum(d_Z1, axis=0, keepdims=True)

    W1 = W1 - lr * d_W1
    b1 = b1 - lr * d_b1
    W2 = W2 - lr * d_W2
    b2 = b2 - lr * d_b2

import numpy as np
X = np.array([[1.0, 2.0],[0.5,-1],[3,1]])
y = np.array([[1],[0],[1]])
W1 = np.random.randn(2, 3)
W2 = np.random.randn(3, 1)
learning_rate = 0.1
z1 = X @ W1
a1 = np.maximum(0, z1)
y_pred = a1 @ W2
loss = np.mean((y_pred - y)**2)
grad_y_pred = 2.0 * (y_pred - y) / len(X)
grad_W2 = a1.T @ grad_y_pred
grad_a1 = grad_y_pred @ W2.T
grad_z1 = grad_a1.copy()
grad_z1[z1 < 0] = 0
grad_W1 = X.T @ grad_z1
W1 -= learning_rate * grad_W1
W2 -= learning_rate * grad_W2

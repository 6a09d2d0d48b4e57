import numpy as np

class NeuralNetwork:
    def __init__(self, n_in, n_hidden, n_out, learning_rate=0.1):
        self.lr = learning_rate
        self.W1 = np.random.randn(n_in, n_hidden) * 0.01
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out) * 0.01
        self.b2 = np.zeros((1, n_out))

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def forward(self, X):
        self.Z1 = X.dot(self.W1) + self.b1
        self.A1 = np.tanh(self.Z1)
        self.Z2 = self.A1.dot(self.W2) + self.b2
        self.A2 = self.sigmoid(self.Z2)
        return self.A2

    def compute_loss(self, y, out):
        m = y.shape[0]
        return -np.sum(y*np.log(out) + (1-y)*np.log(1-out)) / m

    def backward(self, X, y):
        m = X.shape[0]
        dZ2 = self.A2 - y
        dW2 = np.dot(self.A1.T, dZ2) / m
        db2 = np.sum(dZ2, axis=0, keepdims=True) / m
        dA1 = np.dot(dZ2, self.W2.T)
        dZ1 = dA1 * (1 - self.A1**2)
        dW1 = np.dot(X.T, dZ1) / m
        db1 = np.sum(dZ1, axis=0, keepdims=True) / m
        self.W2 -= self.lr * dW2
        self.b2 -= self.lr * db2
        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1

X = np.array([[0,0],[0,1],[1,0],[1,1]])
y = np.array([[0],[1],[1],[0]])
net = NeuralNetwork(2, 2, 1)
for epoch in range(1000):
    out = net.forward(X)
    loss = net.compute_loss(y, out)
    net.backward(X, y)
    if epoch % 100 == 0:
        print(f"epoch {epoch} loss {loss}")

import numpy as np


class Net(object):
    """inputs -> hidden (sigmoid) -> output (sigmoid), squared error."""

    def __init__(self, x, y, hidden=3):
        self.x = x
        self.y = y
        self.weights1 = np.random.rand(x.shape[1], hidden)
        self.weights2 = np.random.rand(hidden, 1)
        self.eta = 0.3

    @staticmethod
    def act(s):
        return 1.0 / (1 + np.exp(-s))

    @staticmethod
    def act_prime(s):
        return Net.act(s) * (1 - Net.act(s))

    def feedforward(self):
        self.s1 = self.x @ self.weights1
        self.hidden = self.act(self.s1)
        self.s2 = self.hidden @ self.weights2
        self.output = self.act(self.s2)
        self.loss = np.sum((self.y - self.output) ** 2)

    def backprop(self):
        d_s2 = 2 * (self.output - self.y) * self.act_prime(self.s2)
        d_weights2 = self.hidden.T @ d_s2
        d_hidden = d_s2 @ self.weights2.T
        d_s1 = d_hidden * self.act_prime(self.s1)
        d_weights1 = self.x.T @ d_s1
        self.weights1 -= self.eta * d_weights1
        self.weights2 -= self.eta * d_weights2


data = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
labels = np.array([[0], [1], [1], [0]])
net = Net(data, labels)
for step in range(1500):
    net.feedforward()
    net.backprop()
print(net.output)

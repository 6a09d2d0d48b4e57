import numpy as np
import matplotlib.pyplot as plt
import pandas as pd
df = pd.read_csv("data.csv")
def sigmoid(z):
    return 1/(1+np.exp(-z))
def fit(X, y, lr=0.1, num_iter=100):
    theta = np.zeros(X.shape[1])
    for i in range(num_iter):
        z = np.dot(X, theta)
        h = sigmoid(z)
        J = (-y * np.log(h) - (1 - y) * np.log(1 - h)).mean()
        gradient = np.dot(X.T, (h - y)) / y.size
        theta = theta - lr * gradient
    return theta
X = np.random.randn(5, 2)
y = np.array([0, 1, 1, 0, 1])
theta = fit(X, y)
plt.plot(X, y)

import numpy as np
def sigmoid(x): return 1/(1+np.exp(-x))
def sigmoid_derivative(x): return x*(1-x)
X = np.array([[0,0],[0,1],[1,0],[1,1]])
y = np.array([[0],[1],[1],[0]])
np.random.seed(1)
hidden_weights = np.random.uniform(size=(2,2))
hidden_bias = np.random.uniform(size=(1,2))
output_weights = np.random.uniform(size=(2,1))
output_bias = np.random.uniform(size=(1,1))
lr = 0.1
for _ in range(10000):
    hidden_layer = sigmoid(np.dot(X, hidden_weights) + hidden_bias)
    predicted = sigmoid(np.dot(hidden_layer, output_weights) + output_bias)
    error = y - predicted
    d_predicted_output = error * sigmoid_derivative(predicted)
    error_hidden_layer = d_predicted_output.dot(output_weights.T)
    d_hidden_layer = error_hidden_layer * sigmoid_derivative(hidden_layer)
    output_weights += hidden_layer.T.dot(d_predicted_output) * lr
    output_bias += np.sum(d_predicted_output, axis=0, keepdims=True) * lr
    hidden_weights += X.T.dot(d_hidden_layer) * lr
    hidden_bias += np.sum(d_hidden_layer, axis=0, keepdims=True) * lr

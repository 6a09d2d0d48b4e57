# Exercise: backward through a small net by hand, tensor by tensor.
import torch

g = torch.Generator().manual_seed(42)
n = 3
X = torch.randn((n, 2), generator=g)
Y = torch.tensor([0, 2, 1])

W1 = torch.randn((2, 3), generator=g)
b1 = torch.randn(3, generator=g) * 0.1
W2 = torch.randn((3, 3), generator=g)
b2 = torch.randn(3, generator=g) * 0.1

hpreact = X @ W1 + b1
h = torch.tanh(hpreact)
logits = h @ W2 + b2
counts = logits.exp()
counts_sum = counts.sum(1, keepdim=True)
probs = counts / counts_sum
logprobs = probs.log()
loss = -logprobs[range(n), Y].mean()
print(loss.item())

# softmax and cross entropy in one go
dlogits = probs.clone()
dlogits[range(n), Y] -= 1
dlogits /= n
# and down through the layers
dh = dlogits @ W2.T
dW2 = h.T @ dlogits
db2 = dlogits.sum(0)
dhpreact = (1.0 - h**2) * dh
dW1 = X.T @ dhpreact
db1 = dhpreact.sum(0)

"""Networks, one per file, with the losses and the loop that train them and the exports that run them."""

"""python -m kustomize.policy RENDERED.yaml [--prod]"""

import sys

from kustomize.policy.gate import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

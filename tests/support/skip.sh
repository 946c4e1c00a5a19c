# For tests that need what may not be here: a browser, packages of node. CTest takes 77 for a test that was skipped.

# skip WHY: ends the test; as a failure where all must run (HINGE_NODE_TEST=required).
skip() {
  echo "skipped: $1"
  [[ ${HINGE_NODE_TEST:-} != required ]] || exit 1
  exit 77
}

# Where node_modules is.
node_folder=${HINGE_NODE_FOLDER:-$(npm root -g 2>/dev/null || true)/..}

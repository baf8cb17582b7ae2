DROP FUNCTION leaf_hashes;
DROP TABLE head_witness, tree_node, tree_head, log_key;
DROP FUNCTION only_grow;
ALTER TABLE log_head DROP COLUMN log;

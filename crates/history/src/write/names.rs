//! The customers of one bucket: from the identifier of the source to the dense key, and back.

use hashbrown::HashTable;

use super::customer_hash;

/// Identifiers of a bucket's customers; a customer's place is its key within the bucket.
#[derive(Default)]
pub(crate) struct Names {
    ids: Vec<String>,
    index: HashTable<u32>,
    hashes: Vec<u64>,
}

impl Names {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The identifier of a key.
    pub(crate) fn id(&self, key: u32) -> &str {
        &self.ids[key as usize]
    }

    /// The key of an identifier; a new one is given the next key.
    pub(crate) fn key(&mut self, id: &str) -> u32 {
        let hash = customer_hash(id);
        let (ids, hashes) = (&self.ids, &self.hashes);
        if let Some(key) = self.index.find(hash, |key| ids[*key as usize] == id) {
            return *key;
        }
        let key = ids.len() as u32;
        self.index.insert_unique(hash, key, |key| hashes[*key as usize]);
        self.ids.push(id.to_owned());
        self.hashes.push(hash);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_dense_and_stable() {
        let mut names = Names::default();
        let keys: Vec<u32> = ["a", "b", "a", "", "b", "c"].iter().map(|id| names.key(id)).collect();
        assert_eq!(keys, [0, 1, 0, 2, 1, 3]);
        assert_eq!((names.len(), names.id(2), names.id(3)), (4, "", "c"));
    }

    #[test]
    fn many_names_survive_growth() {
        let ids: Vec<String> = (0..10_000).map(|n| format!("c{n}")).collect();
        let mut names = Names::default();
        ids.iter().for_each(|id| assert!(names.key(id) < 10_000));
        assert!(ids.iter().enumerate().all(|(key, id)| names.key(id) == key as u32));
    }
}

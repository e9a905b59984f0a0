//! Answers that were given before: the same question about the same version of the history has the same answer.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Problem;

/// How many answers are kept; the ones not asked for longest go first.
const ANSWERS_MAX: usize = 192;

type Answer = Arc<dyn Any + Send + Sync>;

/// The answers kept. Errors are not.
#[derive(Default)]
pub(crate) struct Kept {
    answers: Mutex<VecDeque<(String, Answer)>>,
}

impl Kept {
    /// The answer kept under `key`, or that of the question. A key holds all the answer depends on.
    pub async fn ask<T, E>(&self, key: String, question: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, Problem>
    where
        T: Any + Send + Sync,
        Problem: From<E>,
    {
        if let Some(known) = self.look_up(&key).and_then(|answer| answer.downcast().ok()) {
            return Ok(known);
        }
        let answer = Arc::new(question.await?);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.push_back((key, answer.clone()));
        if answers.len() > ANSWERS_MAX {
            answers.pop_front();
        }
        Ok(answer)
    }

    fn look_up(&self, key: &str) -> Option<Answer> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let place = answers.iter().position(|(known, _)| known == key)?;
        let entry = answers.remove(place)?;
        let answer = entry.1.clone();
        answers.push_back(entry);
        Some(answer)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(kept: &Kept, key: &str, answer: Result<u32, Problem>) -> Result<u32, Problem> {
        kept.ask(key.to_owned(), async { answer }).await.map(|answer| *answer)
    }

    #[tokio::test]
    async fn the_first_answer_stays_errors_do_not_and_the_oldest_go() {
        let kept = Kept::default();
        let wrong = || Problem::invalid("wrong", "wrong", "ask again");
        assert!(ask(&kept, "a", Err(wrong())).await.is_err());
        assert_eq!(ask(&kept, "a", Ok(1)).await.unwrap(), 1);
        assert_eq!(ask(&kept, "a", Ok(2)).await.unwrap(), 1);
        // Another type under the same key is another question.
        assert_eq!(*kept.ask("a".to_owned(), async { Ok::<_, Problem>("x") }).await.unwrap(), "x");
        for number in 0..ANSWERS_MAX as u32 {
            ask(&kept, &format!("n{number}"), Ok(number)).await.unwrap();
        }
        assert_eq!(ask(&kept, "a", Ok(3)).await.unwrap(), 3);
        assert_eq!(kept.answers.lock().unwrap().len(), ANSWERS_MAX);
    }
}

//! A request that takes several steps: the agent proposes a plan and waits.
//!
//! Run it with `cargo run --example plans`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let session = connection
        .client
        .chats()
        .session()
        .title("Plans")
        .open()
        .await?;

    let stream = session
        .send_stream("Find damaged poles and select them")
        .await?;
    match stream.finish().await {
        Ok(answer) => println!("No plan was needed: {}", answer.resolved_content()),
        Err(error) => {
            // Any other failure is passed on.
            let Some(plan) = error.plan() else {
                return Err(error.into());
            };
            println!("The agent proposes {}: {}", plan.plan_id, plan.data);
            let outcome = session.approve_plan(&plan.plan_id).await?;
            match outcome.status() {
                Some(status) => println!("{status}: the result will be in the history"),
                None => println!("{}: {:?}", outcome.message, outcome.results),
            }
        }
    }

    session.close().await?;
    connection.close().await;
    Ok(())
}

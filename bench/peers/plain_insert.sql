insert into peer.curriculum_topics select * from peer.ready;

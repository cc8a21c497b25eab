-- Spellings: every way a board or qualification has been met, folded, and the row it means.
-- An unknown spelling is refused, never guessed; add a row here (or by insert) to teach one.
create table greenroom.exam_board_alias (
  spelling text primary key,
  code text not null
);
comment on table greenroom.exam_board_alias is 'Folded spelling -> exam_boards.code.';
create table greenroom.qualification_alias (
  spelling text primary key,
  code text not null
);
comment on table greenroom.qualification_alias is 'Folded spelling -> qualification_types.code.';

insert into "public".exam_boards (code, full_name, country)
values
  ('AQA', 'AQA', 'England'),
  ('Edexcel', 'Pearson Edexcel', 'England'),
  ('OCR', 'OCR', 'England'),
  ('WJEC', 'WJEC', 'Wales'),
  ('EDUQAS', 'Eduqas', 'England'),
  ('CCEA', 'CCEA', 'Northern Ireland'),
  ('UAL', 'UAL Awarding Body', 'England'),
  ('Cambridge', 'Cambridge International', 'International'),
  ('IB', 'International Baccalaureate', 'International'),
  ('SQA', 'Scottish Qualifications Authority', 'Scotland')
on conflict (code) do nothing;

insert into "public".qualification_types (code, full_name)
values
  ('GCSE', 'General Certificate of Secondary Education'),
  ('A-Level', 'Advanced Level'),
  ('AS-Level', 'Advanced Subsidiary Level'),
  ('International-GCSE', 'International GCSE'),
  ('International-A-Level', 'International Advanced Level'),
  ('Foundation', 'Foundation Diploma'),
  ('BTEC', 'BTEC Nationals'),
  ('IB', 'IB Diploma'),
  ('AP', 'Advanced Placement'),
  ('National-5', 'National 5'),
  ('Higher', 'Higher'),
  ('Advanced-Higher', 'Advanced Higher'),
  ('Cambridge-Nationals', 'Cambridge Nationals Level 2'),
  ('Cambridge-Technicals', 'Cambridge Technicals Level 3'),
  ('EPQ', 'Level 3 Extended Project')
on conflict (code) do nothing;

insert into greenroom.exam_board_alias (spelling, code)
values
  ('aqa', 'AQA'),
  ('edexcel', 'Edexcel'),
  ('pearson', 'Edexcel'),
  ('pearson edexcel', 'Edexcel'),
  ('ocr', 'OCR'),
  ('wjec', 'WJEC'),
  ('wjec cbac', 'WJEC'),
  ('wjec eduqas', 'WJEC'),
  ('wjec (eduqas)', 'EDUQAS'),
  ('eduqas', 'EDUQAS'),
  ('eduqas (wjec)', 'EDUQAS'),
  ('ccea', 'CCEA'),
  ('ual', 'UAL'),
  ('ual awarding body', 'UAL'),
  ('cambridge', 'Cambridge'),
  ('cambridge international', 'Cambridge'),
  ('caie', 'Cambridge'),
  ('cie', 'Cambridge'),
  ('ib', 'IB'),
  ('ibo', 'IB'),
  ('international baccalaureate', 'IB'),
  ('sqa', 'SQA'),
  ('qualifications scotland', 'SQA');

insert into greenroom.qualification_alias (spelling, code)
values
  ('gcse', 'GCSE'),
  ('gcse (9 1)', 'GCSE'),
  ('a level', 'A-Level'),
  ('alevel', 'A-Level'),
  ('gce a level', 'A-Level'),
  ('gce', 'A-Level'),
  ('as', 'AS-Level'),
  ('as level', 'AS-Level'),
  ('international gcse', 'International-GCSE'),
  ('igcse', 'International-GCSE'),
  ('international a level', 'International-A-Level'),
  ('international advanced level', 'International-A-Level'),
  ('ial', 'International-A-Level'),
  ('foundation', 'Foundation'),
  ('foundation diploma', 'Foundation'),
  ('btec', 'BTEC'),
  ('btec nationals', 'BTEC'),
  ('btec nationals l3', 'BTEC'),
  ('ib', 'IB'),
  ('ib diploma', 'IB'),
  ('diploma programme', 'IB'),
  ('ap', 'AP'),
  ('advanced placement', 'AP'),
  ('national 5', 'National-5'),
  ('n5', 'National-5'),
  ('higher', 'Higher'),
  ('h', 'Higher'),
  ('nh', 'Higher'),
  ('advanced higher', 'Advanced-Higher'),
  ('ah', 'Advanced-Higher'),
  ('nah', 'Advanced-Higher'),
  ('cambridge nationals', 'Cambridge-Nationals'),
  ('cambridge nationals l2', 'Cambridge-Nationals'),
  ('cambridge technicals', 'Cambridge-Technicals'),
  ('cambridge technicals l3', 'Cambridge-Technicals'),
  ('extended project', 'EPQ'),
  ('epq', 'EPQ'),
  ('level 3 extended project', 'EPQ');

create table greenroom.series_alias (
  spelling text primary key,
  series text not null
);
comment on table greenroom.series_alias is 'Folded spelling -> exam series as production writes it.';
create table greenroom.paper_type_alias (
  spelling text primary key,
  type text not null
);
comment on table greenroom.paper_type_alias is 'Folded spelling -> document type as production writes it.';

insert into greenroom.series_alias (spelling, series)
values
  ('june', 'June'),
  ('jun', 'June'),
  ('summer', 'June'),
  ('may', 'June'),
  ('may/june', 'June'),
  ('november', 'November'),
  ('nov', 'November'),
  ('autumn', 'November'),
  ('october', 'November'),
  ('oct/nov', 'November'),
  ('october/november', 'November'),
  ('january', 'January'),
  ('jan', 'January'),
  ('winter', 'January'),
  ('march', 'March'),
  ('mar', 'March'),
  ('february/march', 'March'),
  ('specimen', 'Specimen');

insert into greenroom.paper_type_alias (spelling, type)
values
  ('question paper', 'question paper'),
  ('qp', 'question paper'),
  ('que', 'question paper'),
  ('past paper', 'question paper'),
  ('mark scheme', 'mark scheme'),
  ('ms', 'mark scheme'),
  ('rms', 'mark scheme'),
  ('msc', 'mark scheme'),
  ('marking instructions', 'mark scheme'),
  ('examiner report', 'examiner report'),
  ('examiners report', 'examiner report'),
  ('examiners'' report', 'examiner report'),
  ('er', 'examiner report'),
  ('pef', 'examiner report'),
  ('wre', 'examiner report'),
  ('insert', 'insert'),
  ('ins', 'insert'),
  ('moderator report', 'moderator report'),
  ('series report', 'series report'),
  ('data sheet', 'data sheet'),
  ('erratum', 'erratum'),
  ('answer booklet', 'answer booklet'),
  ('transcript', 'transcript'),
  ('recording', 'recording'),
  ('data file', 'data file'),
  ('analysis grid', 'analysis grid'),
  ('specimen question paper', 'specimen question paper'),
  ('sqp', 'specimen question paper'),
  ('specimen mark scheme', 'specimen mark scheme'),
  ('sms', 'specimen mark scheme'),
  ('specimen insert', 'specimen insert');
